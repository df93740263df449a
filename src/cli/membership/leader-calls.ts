import { setTimeout as delay } from 'node:timers/promises';
import type { NodeStatus } from '../cluster-probe.ts';
import { type ClusterStatus, type ClusterSurvey, surveyCluster } from '../cluster-status.ts';
import type { CommandContext } from '../context.ts';
import { ClusterUnavailable, CommandFailure, failureCode } from '../failure.ts';

/** Whoever waits for a command hears within five seconds that there is no leader, or that it goes on to refuse. */
const defaultPatienceMs = 4_000;
const pauseMs = 200;
/** What is left for another attempt, at the least. */
const leastAttemptMs = 500;

export interface LeaderView {
  /** At which it has answered. */
  readonly endpoint: string;
  readonly report: NodeStatus;
  readonly cluster: ClusterStatus;
}

export interface LeaderSearch {
  readonly endpoints: readonly string[];
  /** For how long refusals that may pass are answered by another attempt. */
  readonly timeoutMs?: number | undefined;
}

/** Finds the leader and talks to it, as often as leaders change meanwhile. Members that it has heard of are asked, too. */
export class LeaderCalls {
  readonly #context: CommandContext;
  readonly #endpoints: Set<string>;
  readonly #timeoutMs: number;
  readonly #startedMs = performance.now();

  constructor(context: CommandContext, { endpoints, timeoutMs }: LeaderSearch) {
    this.#context = context;
    this.#endpoints = new Set(endpoints);
    this.#timeoutMs = timeoutMs ?? defaultPatienceMs;
  }

  /** What is left of the time for all calls together. */
  get leftMs(): number {
    return Math.max(0, this.#startedMs + this.#timeoutMs - performance.now());
  }

  /** There is no time for another attempt. */
  get isLate(): boolean {
    return this.leftMs < leastAttemptMs;
  }

  /**
   * What the task makes of the leader. It may run several times: it has to look first at what there is to do.
   *
   * @throws ClusterUnavailable; CommandFailure REFUSED; what else the task throws, if time does not heal it
   */
  async ask<T>(task: (leader: LeaderView) => Promise<T>): Promise<T> {
    const patienceMs = Math.min(defaultPatienceMs, this.#timeoutMs);
    let foundAtMs = performance.now();
    let failure: unknown;
    for (;;) {
      const survey = await surveyCluster(this.#context, [...this.#endpoints]);
      if (failure !== undefined && this.isLate) throw failure;
      const leader = leaderIn(survey);
      if (leader === undefined) {
        if (performance.now() - foundAtMs >= patienceMs) throw new ClusterUnavailable(survey.reports, undefined);
      } else {
        for (const { address } of leader.cluster.members) this.#endpoints.add(address);
        try {
          return await task(leader);
        } catch (error) {
          failure = withoutNetwork(error, survey);
          if (!mayPass(error) || this.isLate) throw failure;
        }
        foundAtMs = performance.now();
      }
      await delay(pauseMs);
    }
  }
}

function leaderIn({ status, reports }: ClusterSurvey): LeaderView | undefined {
  for (const report of reports) {
    if (report.kind !== 'answered' || report.status.state !== 'leader' || report.status.nodeId !== status.leader)
      continue;
    return { endpoint: report.endpoint, report: report.status, cluster: status };
  }
  return undefined;
}

/** Another leader, or this one in a moment, may say otherwise. */
function mayPass(error: unknown): boolean {
  return ['NOT_LEADER', 'UNAVAILABLE', 'TIMEOUT', 'BUSY'].includes(failureCode(error));
}

/** `UNAVAILABLE` stands for a cluster that cannot be reached. A leader that says no has another name. */
function withoutNetwork(error: unknown, { reports }: ClusterSurvey): unknown {
  if (failureCode(error) !== 'UNAVAILABLE' || !(error instanceof Error)) return error;
  const isRefusal = 'refused' in error && error.refused === true;
  return isRefusal
    ? new CommandFailure('REFUSED', error.message, { cause: error })
    : new ClusterUnavailable(reports, error);
}
