import type { OperationRecord } from '../history.ts';
import { type CounterOperation, counterModel, drawnCounterModel } from '../models/counter.ts';
import { type Partition, partitionOf } from '../partition.ts';
import type { TimedOperation } from '../wgl/model.ts';
import { addTo, type PossibleEffect, possibleEffect, timedEffect } from './records.ts';

export function* counterPartitions(records: readonly OperationRecord[]): IterableIterator<Partition> {
  const counters = new Map<string, TimedOperation<CounterOperation>[]>();
  const set = new Set<string>();
  for (const record of records) {
    const { body } = record;
    if (body.kind !== 'counterAdd' && body.kind !== 'counterGet' && body.kind !== 'counterCompareAndSet') continue;
    const effect = possibleEffect(record);
    const operation = effect && counterOperation(effect);
    if (effect === undefined || operation === undefined) continue;
    if (operation.kind === 'set') set.add(body.name);
    const group = operation.kind === 'set' ? `${operation.expected}/${operation.value}` : describeAdd(operation);
    addTo(counters, body.name, timedEffect(effect, operation, group));
  }
  for (const [name, operations] of counters) {
    yield partitionOf('counter', name, operations, set.has(name) ? counterModel : drawnCounterModel);
  }
}

function counterOperation({ record: { body }, answer }: PossibleEffect): CounterOperation | undefined {
  switch (body.kind) {
    case 'counterAdd':
      return {
        kind: 'add',
        count: BigInt(body.count),
        last: answer?.kind === 'counterBlock' ? answer.last : undefined,
      };
    case 'counterGet':
      if (body.consistency === 'stale' || answer?.kind !== 'counterValue') return undefined;
      return { kind: 'is', value: answer.value };
    case 'counterCompareAndSet': {
      const { expected, value } = body;
      if (answer?.kind === 'counterSwapped' && !answer.swapped) return { kind: 'isNot', value: expected };
      return { kind: 'set', expected, value };
    }
    default:
      return undefined;
  }
}

function describeAdd(operation: CounterOperation): string | undefined {
  return operation.kind === 'add' ? String(operation.count) : undefined;
}
