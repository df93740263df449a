import type { FencedWrite, Finding, History } from '../history.ts';
import { type FencedRegisterOperation, fencedRegisterModel } from '../models/fenced-register.ts';
import { judgePartitions, type Partition, type PartitionReport, partitionOf } from '../partition.ts';
import type { TimedOperation } from '../wgl/model.ts';
import { counterPartitions } from './counters.ts';
import { keyPartitions } from './key-partitions.ts';
import { LockPartitions } from './locks.ts';
import { addTo } from './records.ts';

/** The name of the finding that the search was given up: the history may be right or wrong. */
export const crossCheckUndecided = 'cross-check is decided';

/** About a tenth of a second for one object. About one run in a thousand has so many unanswered calls on one key that it is not enough. */
const stepLimit = 200_000;

/**
 * A second opinion on a simulated run, from what clients saw alone: each key, counter, lock and fenced resource is searched for an order
 * that explains it. Neither the chosen log nor the revisions of answers take part, but for conditions that name a revision: what is
 * wrong in the log itself, or in how the checkers read it, cannot hide here.
 *
 * A search that takes too long is a finding of its own, `crossCheckUndecided`.
 */
export function crossCheck(history: History): Finding[] {
  const { findings, undecided } = crossCheckReport(history);
  return [...findings, ...undecided.map((detail) => ({ check: crossCheckUndecided, detail }))];
}

export function crossCheckReport(history: History): PartitionReport {
  const locks = new LockPartitions(history);
  const report = judgePartitions(partitions(history, locks), stepLimit);
  return { ...report, findings: [...locks.findings, ...report.findings] };
}

function* partitions(history: History, locks: LockPartitions): IterableIterator<Partition> {
  yield* keyPartitions(history.operations);
  yield* counterPartitions(history.operations);
  yield* locks.partitions();
  yield* resourcePartitions(history.fencedWrites);
}

function* resourcePartitions(writes: readonly FencedWrite[]): IterableIterator<Partition> {
  const resources = new Map<string, TimedOperation<FencedRegisterOperation>[]>();
  for (const write of writes) {
    const { resource, token, accepted, atUs } = write;
    const operation: FencedRegisterOperation = accepted
      ? { kind: 'accepted', token, value: undefined }
      : { kind: 'refused', token };
    addTo(resources, resource, { operation, start: atUs, end: atUs, source: write });
  }
  for (const [name, operations] of resources)
    yield partitionOf('fenced resource', name, operations, fencedRegisterModel);
}
