import type { Finding } from '../../checkers/history.ts';
import type { ChaosFaultKind } from '../faults/fault-kinds.ts';
import type { Skipped } from '../faults/possible-kinds.ts';
import type { LockCounts } from './lock-counts.ts';

export interface OperationCounts {
  readonly ok: number;
  readonly fail: number;
  readonly unknown: number;
}

/** A fault as it was. Times in milliseconds since the run's start. */
export interface FaultRecord {
  readonly kind: ChaosFaultKind;
  readonly startMs: number;
  readonly endMs: number;
  /** What was done; the reason, if it could not be. */
  readonly what: string;
  readonly targets: readonly string[];
  /** Undefined: it did not happen, as far as can be told. */
  readonly measured: string | undefined;
}

/** A round as it was. */
export interface RoundRecord {
  /** Operations of outcome `ok` per second, in the calm before. */
  readonly throughput: number;
  readonly faults: readonly FaultRecord[];
  /** From the end of the last fault until all nodes had converged and every client had written. Undefined: not in time. */
  readonly recoveredMs: number | undefined;
}

/** Who led, from then on. */
export interface LeaderSample {
  readonly atMs: number;
  /** Undefined: nobody that is known of. */
  readonly leader: string | undefined;
  /** Ids of the nodes that answered. */
  readonly answering: readonly string[];
}

export interface ChaosReport {
  readonly seed: number;
  readonly nodes: number;
  /** From the first calm to the end of the last recovery. */
  readonly ranMs: number;
  readonly operations: OperationCounts;
  readonly locks: LockCounts;
  readonly roundsPlanned: number;
  readonly rounds: readonly RoundRecord[];
  readonly leaders: readonly LeaderSample[];
  readonly skipped: readonly Skipped[];
  readonly verdict: 'ok' | 'violation' | 'undecided';
  /** Of the checkers, and of the run itself: faults that did not fire, too few operations, no recovery in time. */
  readonly findings: readonly Finding[];
}

/** How often each kind fired. */
export function faultCounts(report: Pick<ChaosReport, 'rounds'>): Readonly<Partial<Record<ChaosFaultKind, number>>> {
  const counts: Partial<Record<ChaosFaultKind, number>> = {};
  for (const { kind, measured } of report.rounds.flatMap(({ faults }) => faults)) {
    if (measured !== undefined) counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}
