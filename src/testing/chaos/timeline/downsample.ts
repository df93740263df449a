import type { OperationEvent } from '../../checkers/event-history.ts';

export const pointOutcomes = ['ok', 'fail', 'unknown'] as const;

/** Kind and outcome by index. `latencyMs` null: nobody knows. `count`: operations that look the same. */
export type OperationPoint = readonly [
  atMs: number,
  latencyMs: number | null,
  kind: number,
  outcome: number,
  count: number,
];

/** Columns of buckets over the whole run, and rows for each doubling of the latency. */
const columns = 3_000;
const rowsPerDoubling = 3;
/** More than there are between the least latency that is told apart and a year. */
const mostRows = 200;
const leastMs = 0.01;
const nsPerMs = 1_000_000;

/**
 * Operations of outcome `ok` are counted in buckets of time and of the logarithm of latency, the slowest of each bucket standing for all of
 * it; every other operation is kept. Many thousand operations a second then take as much room as a few.
 */
export function downsample(
  operations: readonly OperationEvent[],
  kinds: readonly string[],
  lengthMs: number,
): readonly OperationPoint[] {
  const kept: OperationPoint[] = [];
  const buckets = new Map<number, OperationPoint>();
  const kindIndexes = new Map(kinds.map((name, index) => [name, index]));
  for (const { op, outcome, start, end } of operations) {
    const kind = kindIndexes.get(op) ?? 0;
    const atMs = round(start / nsPerMs);
    const latencyMs = end === null ? null : round((end - start) / nsPerMs);
    if (outcome !== 'ok' || latencyMs === null) {
      kept.push([atMs, latencyMs, kind, pointOutcomes.indexOf(outcome), 1]);
      continue;
    }
    const column = Math.floor((atMs / lengthMs) * columns);
    const row = Math.floor(Math.log2(Math.max(1, latencyMs / leastMs)) * rowsPerDoubling);
    const bucket = (column * mostRows + row) * kinds.length + kind;
    const [slowestAtMs, slowestMs, , , count] = buckets.get(bucket) ?? [atMs, 0, kind, 0, 0];
    const isSlower = latencyMs >= (slowestMs ?? 0);
    buckets.set(bucket, [isSlower ? atMs : slowestAtMs, isSlower ? latencyMs : slowestMs, kind, 0, count + 1]);
  }
  return [...buckets.values(), ...kept];
}

function round(ms: number): number {
  return Math.round(ms * 100) / 100;
}
