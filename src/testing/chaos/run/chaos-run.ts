import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as immediate } from 'node:timers/promises';
import type { HistoryLine } from '../../checkers/event-history.ts';
import type { Finding } from '../../checkers/history.ts';
import type { ProcessNode } from '../../cluster/process-node.ts';
import { TestCluster } from '../../cluster/test-cluster.ts';
import type { MeansByName } from '../faults/means.ts';
import type { Skipped } from '../faults/possible-kinds.ts';
import { HistoryRecorder } from '../history/history-recorder.ts';
import type { Interval } from '../history/invariants.ts';
import { judgeChaos } from '../history/judge-chaos.ts';
import { WorkloadFleet } from '../workload/workload-fleet.ts';
import type { ChaosReport, RoundRecord } from './chaos-report.ts';
import type { Round } from './draw-rounds.ts';
import { FaultRunner, pauseFor } from './fault-runner.ts';
import { LeaderWatch } from './leader-watch.ts';
import { countLocks } from './lock-counts.ts';
import { caughtUp, differingStates, everyoneServed } from './recovery.ts';

const leaseMs = 200;
/** After faults have ended: all nodes have one leader and what it has, and every client is served. */
const recoveryDeadlineMs = 20_000;
/** Where a shorter calm has brought too little. */
const longCalmMs = 5_000;
/** Every kind is to have its turn, even if the machine is slow and each takes longer: for so many times the length of the run. */
const longestFirstTurn = 4;

export interface ChaosRunOptions {
  readonly seed: number;
  readonly minutes: number;
  readonly nodes: 3 | 5;
  readonly rounds: readonly Round[];
  readonly workload: 'mixed' | 'locks';
  /** Processes that use the cluster. */
  readonly workers: number;
  readonly sessionTtlMs: number;
  readonly means: MeansByName;
  readonly skipped: readonly Skipped[];
  /** For data and logs of nodes, and for the history. */
  readonly directory: string;
  /** Fewer operations of outcome `ok` per second in a calm make the run fail. */
  readonly leastThroughput: number;
  readonly say: (line: string) => void;
  /** Ends the run early; what has happened so far is judged. */
  readonly signal: AbortSignal;
}

export interface ChaosOutcome {
  readonly report: ChaosReport;
  readonly lines: readonly HistoryLine[];
}

/** Where a run writes its history, in its directory. */
export const historyFileName = 'history.ndjson';

interface ChaosParts {
  readonly cluster: TestCluster<ProcessNode>;
  readonly fleet: WorkloadFleet;
  readonly recorder: HistoryRecorder;
  readonly startedNs: bigint;
}

/**
 * A cluster of real processes under load and faults; then judgement. Rejects only if there was nothing to run: what goes wrong in the run
 * is among the findings.
 */
export async function runChaos(options: ChaosRunOptions): Promise<ChaosOutcome> {
  const { directory, nodes: size, seed, sessionTtlMs, workload, workers } = options;
  await mkdir(directory, { recursive: true });
  const recorder = new HistoryRecorder(join(directory, historyFileName));
  const nodesDirectory = join(directory, 'nodes');
  const cluster = await TestCluster.start({
    mode: 'processes',
    nodes: size,
    directory: nodesDirectory,
    // So that states are written, and journals trimmed, many times in a minute.
    settings: { leaseMs, checkpointJournalMib: 1 },
  });
  try {
    const startedNs = process.hrtime.bigint();
    const lockOnly = workload === 'locks';
    const load = { cluster, seed, startedNs, recorder, workers, sessionTtlMs, lockOnly };
    const fleet = await WorkloadFleet.start(load);
    const run = new ChaosRun(options, { cluster, fleet, recorder, startedNs });
    await run.run();
    const ranMs = Number(process.hrtime.bigint() - startedNs) / 1_000_000;
    await run.finish();
    await recorder.close();
    return { report: run.report(Math.round(ranMs)), lines: recorder.lines };
  } finally {
    await cluster.close();
  }
}

class ChaosRun {
  readonly #options: ChaosRunOptions;
  readonly #parts: ChaosParts;
  readonly #faults: FaultRunner;
  readonly #leaders: LeaderWatch;
  readonly #rounds: RoundRecord[] = [];
  readonly #findings: Finding[] = [];
  /** From a recovery until the next fault begins, in nanoseconds since the run's start. */
  readonly #calm: Interval[] = [];
  #calmSinceMs = 0;

  constructor(options: ChaosRunOptions, parts: ChaosParts) {
    const { directory, means, signal, say } = options;
    const { cluster, fleet } = parts;
    const nowMs = (): number => this.#nowMs();
    this.#options = options;
    this.#parts = parts;
    const workers = () => fleet.workers;
    this.#faults = new FaultRunner({ cluster, workers, means, directory, leaseMs, nowMs, signal, say });
    this.#leaders = new LeaderWatch(() => cluster.reports(), nowMs);
  }

  async run(): Promise<void> {
    const { minutes, rounds, signal, say } = this.#options;
    const lengthMs = minutes * 60_000;
    for (const round of rounds) {
      const latestMs = round.turn === 0 ? longestFirstTurn * lengthMs : lengthMs;
      if (signal.aborted || this.#nowMs() > latestMs) break;
      say(`${seconds(this.#nowMs())}: ${round.faults.map(({ kind }) => kind).join(' + ')}`);
      if (!(await this.#runRound(round))) return;
    }
    await pauseFor(lengthMs - this.#nowMs(), signal);
    this.#endCalm();
  }

  /** Stops the load, and has a last look at the nodes. */
  async finish(): Promise<void> {
    const { cluster, fleet } = this.#parts;
    await fleet.stop().catch((error: Error) => this.#find('workload', error.message));
    await this.#leaders.stop();
    await caughtUp(cluster, recoveryDeadlineMs).catch((error: Error) => this.#find('end', error.message));
    const difference = await differingStates(cluster);
    if (difference !== undefined) this.#find('equal-states', difference);
  }

  report(ranMs: number): ChaosReport {
    const { seed, nodes, rounds: planned, skipped } = this.#options;
    const { fleet, recorder } = this.#parts;
    const judged = judgeChaos(recorder.lines, { calm: this.#calm });
    const findings = [...this.#findings, ...judged.findings];
    return {
      seed,
      nodes,
      ranMs,
      operations: fleet.counts(),
      locks: countLocks(recorder.lines),
      roundsPlanned: planned.length,
      rounds: this.#rounds,
      leaders: this.#leaders.samples,
      skipped,
      verdict: findings.length > 0 ? 'violation' : judged.verdict,
      findings,
    };
  }

  /** False: there is no use in going on. */
  async #runRound({ calmMs, faults }: Round): Promise<boolean> {
    const throughput = await this.#measureCalm(calmMs);
    this.#endCalm();
    const records = this.#options.signal.aborted ? [] : await this.#faults.run(faults);
    for (const { kind, what, measured } of records) {
      if (measured === undefined) this.#find('fault-did-not-fire', `${kind}: ${what}`);
    }
    await this.#parts.cluster.heal();
    const areUp = await this.#restoreNodes();
    const recoveredMs = areUp ? await this.#recover() : undefined;
    this.#calmSinceMs = this.#nowMs();
    this.#rounds.push({ throughput, faults: records, recoveredMs });
    const after = recoveredMs === undefined ? 'NOT recovered' : `recovered in ${recoveredMs} ms`;
    this.#options.say(`  ${Math.round(throughput)} operations/s before; ${after}`);
    return recoveredMs !== undefined;
  }

  async #measureCalm(calmMs: number): Promise<number> {
    const { leastThroughput, signal } = this.#options;
    const startMs = this.#nowMs();
    const throughput = await this.#throughputFor(calmMs);
    if (throughput >= leastThroughput || signal.aborted) return throughput;
    // The machine may have stood still for most of a short calm, or an fsync taken so long that another node leads now.
    const longer = await this.#throughputFor(longCalmMs);
    if (longer < leastThroughput && !signal.aborted) {
      this.#find('throughput', `${longer.toFixed(1)} operations/s from ${seconds(startMs)} on, without any fault`);
    }
    return longer;
  }

  async #throughputFor(durationMs: number): Promise<number> {
    const { fleet } = this.#parts;
    const startMs = this.#nowMs();
    const { ok } = fleet.counts();
    await pauseFor(durationMs, this.#options.signal);
    // What the workers have said by now is to be counted.
    await immediate();
    return (1_000 * (fleet.counts().ok - ok)) / (this.#nowMs() - startMs);
  }

  /** Faults have brought back whom they ended: a node that is down has ended by itself. */
  async #restoreNodes(): Promise<boolean> {
    for (const node of this.#parts.cluster.nodes) {
      try {
        if (node.paused) await node.resume();
        if (node.running) continue;
        const { code, signal } = await node.exited();
        this.#find('node-ended', `${node.id} ended by itself (${signal ?? `exit code ${code}`}): see ${node.logFile}`);
        await node.start();
      } catch (error) {
        this.#find('node-ended', `${node.id} does not run again: ${String(error)}`);
        return false;
      }
    }
    return true;
  }

  async #recover(): Promise<number | undefined> {
    const { cluster, fleet, recorder } = this.#parts;
    const healedMs = this.#nowMs();
    const sinceNs = Math.round(healedMs * 1_000_000);
    try {
      const served = { sinceNs, timeoutMs: recoveryDeadlineMs };
      await Promise.all([
        caughtUp(cluster, recoveryDeadlineMs),
        everyoneServed(() => fleet.workers, recorder.lines, served),
      ]);
    } catch (error) {
      this.#find('recovery', `after the faults that ended at ${seconds(healedMs)}: ${String(error)}`);
      return undefined;
    }
    return Math.round(this.#nowMs() - healedMs);
  }

  #endCalm(): void {
    this.#calm.push({ start: 1_000_000 * this.#calmSinceMs, end: 1_000_000 * this.#nowMs() });
  }

  #find(check: string, detail: string): void {
    this.#findings.push({ check, detail });
    this.#options.say(`  ${check}: ${detail}`);
  }

  #nowMs(): number {
    return Number(process.hrtime.bigint() - this.#parts.startedNs) / 1_000_000;
  }
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
