import { type HistoryLine, isOperationEvent, type OperationEvent } from '../../checkers/event-history.ts';
import type { ChaosReport } from '../run/chaos-report.ts';
import { downsample, type OperationPoint } from './downsample.ts';
import { type LockHold, lockHolds } from './lock-holds.ts';

/** From then on, until the next. */
export interface LeaderChange {
  readonly atMs: number;
  readonly leader: string | null;
  readonly answering: readonly string[];
}

export interface FaultBand {
  readonly kind: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly what: string;
  readonly targets: readonly string[];
  readonly measured: string | null;
}

/** All that the page shows, as it stands in it. */
export interface TimelineData {
  readonly title: string;
  /** Lines of text above the picture. */
  readonly summary: readonly string[];
  readonly findings: readonly { readonly check: string; readonly detail: string }[];
  readonly lengthMs: number;
  readonly nodes: readonly string[];
  readonly leaders: readonly LeaderChange[];
  readonly faults: readonly FaultBand[];
  readonly locks: readonly { readonly name: string; readonly holds: readonly LockHold[] }[];
  /** Names of operations, to which points refer by index. */
  readonly kinds: readonly string[];
  readonly points: readonly OperationPoint[];
  /** Per second, operations of outcome ok. */
  readonly throughput: readonly number[];
}

const nsPerMs = 1_000_000;

export function timelineData(report: ChaosReport, lines: readonly HistoryLine[]): TimelineData {
  const operations = lines.filter(isOperationEvent);
  const faults = report.rounds.flatMap((round) => round.faults);
  const ends = [report.ranMs, ...faults.map(({ endMs }) => endMs), lastMs(operations)];
  const lengthMs = Math.ceil(ends.reduce((high, ms) => Math.max(high, ms), 1));
  const kinds = [...new Set(operations.map(({ op }) => op))].sort();
  return {
    title: `Chaos with seed ${report.seed}`,
    summary: summaryLines(report, faults.length),
    findings: report.findings,
    lengthMs,
    nodes: nodesOf(report),
    leaders: report.leaders.map(({ atMs, leader, answering }) => ({ atMs, leader: leader ?? null, answering })),
    faults: faults.map((fault) => ({ ...fault, measured: fault.measured ?? null })),
    locks: lockHolds(operations, lengthMs),
    kinds,
    points: downsample(operations, kinds, lengthMs),
    throughput: perSecond(operations, lengthMs),
  };
}

/** Those at the start, and those that were members for a while. */
function nodesOf({ nodes, leaders }: ChaosReport): readonly string[] {
  const first = Array.from({ length: nodes }, (_, index) => `n${index + 1}`);
  return [...new Set([...first, ...leaders.flatMap(({ answering }) => answering)])];
}

function summaryLines(report: ChaosReport, faults: number): readonly string[] {
  const { ok, fail, unknown } = report.operations;
  const recoveries = report.rounds.flatMap(({ recoveredMs }) => recoveredMs ?? []).sort((a, b) => a - b);
  const median = recoveries[Math.floor(recoveries.length / 2)];
  const recovery = median === undefined ? [] : [`recovery: median ${median} ms, longest ${recoveries.at(-1)} ms`];
  return [
    `${report.nodes} nodes, ${Math.round(report.ranMs / 1_000)} s, verdict: ${report.verdict}`,
    `operations: ${ok} ok, ${fail} failed, ${unknown} of unknown outcome`,
    `${faults} faults in ${report.rounds.length} rounds of ${report.roundsPlanned} planned`,
    ...recovery,
    ...report.skipped.map(({ what, why }) => `skipped: ${what} (${why})`),
  ];
}

function lastMs(operations: readonly OperationEvent[]): number {
  return operations.reduce((high, { start, end }) => Math.max(high, end ?? start), 0) / nsPerMs;
}

function perSecond(operations: readonly OperationEvent[], lengthMs: number): readonly number[] {
  const counts = new Array<number>(Math.ceil(lengthMs / 1_000)).fill(0);
  for (const { outcome, end } of operations) {
    if (outcome !== 'ok' || end === null) continue;
    const second = Math.min(counts.length - 1, Math.floor(end / nsPerMs / 1_000));
    counts[second] = (counts[second] ?? 0) + 1;
  }
  return counts;
}
