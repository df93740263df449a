import type { Finding } from './history.ts';
import { describe } from './structural-equality.ts';
import type { Model, TimedOperation, Verdict } from './wgl/model.ts';
import { searchOrder } from './wgl/search.ts';

/**
 * One object and all that was done to it. Linearizability is local (Herlihy and Wing, 1990): a history is linearizable exactly if that of
 * each object is, so that each is searched for itself.
 */
export interface Partition {
  readonly kind: 'key' | 'counter' | 'lock' | 'fenced resource';
  readonly name: string;
  readonly operations: number;
  search(stepLimit: number): Verdict<unknown>;
}

export function partitionOf<State, Operation>(
  kind: Partition['kind'],
  name: string,
  operations: readonly TimedOperation<Operation>[],
  model: Model<State, Operation>,
): Partition {
  const search = (stepLimit: number): Verdict<unknown> => searchOrder(operations, model, stepLimit);
  return { kind, name, operations: operations.length, search };
}

export interface PartitionReport {
  /** The checks are named `linearizable key`, `linearizable counter`, and so on. */
  readonly findings: readonly Finding[];
  /** What could not be judged within the limit of steps: neither right nor wrong. */
  readonly undecided: readonly string[];
  readonly partitions: number;
  readonly operations: number;
  readonly steps: number;
}

/** Steps of the model for one object, before the search for its order is given up: some seconds. */
export const defaultStepLimit = 5_000_000;

const shownOperations = 6;

export function judgePartitions(partitions: Iterable<Partition>, stepLimit = defaultStepLimit): PartitionReport {
  const findings: Finding[] = [];
  const undecided: string[] = [];
  let count = 0;
  let operations = 0;
  let steps = 0;
  for (const partition of partitions) {
    const result = partition.search(stepLimit);
    count += 1;
    operations += partition.operations;
    steps += result.steps;
    const label = `${partition.kind} ${JSON.stringify(partition.name)}`;
    if (result.verdict === 'undecided') undecided.push(`${label}: ${partition.operations} operations`);
    if (result.verdict !== 'violation') continue;
    const { order, unplaced } = result;
    const last = order.slice(-shownOperations).map(show);
    const placed = order.length > last.length ? [`${order.length - last.length} operations`, ...last] : last;
    const detail = `${label}: after ${placed.join(', ') || 'nothing'}, no order explains ${show(unplaced)}`;
    findings.push({ check: `linearizable ${partition.kind}`, detail });
  }
  return { findings, undecided, partitions: count, operations, steps };
}

function show({ source, operation }: TimedOperation<unknown>): string {
  return describe(source ?? operation);
}
