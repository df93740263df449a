import type { Model } from '../wgl/model.ts';

/** Outcomes are resolved, as in `RegisterStep`. */
export type CounterOperation =
  /** `last`: the highest of the numbers drawn; undefined: never learned. */
  | { readonly kind: 'add'; readonly count: bigint; readonly last: bigint | undefined }
  | { readonly kind: 'is' | 'isNot'; readonly value: bigint }
  | { readonly kind: 'set'; readonly expected: bigint; readonly value: bigint };

/** A counter from 0 of which each draw takes the next numbers, without a hole. */
export const counterModel: Model<bigint, CounterOperation> = {
  initial: 0n,
  step(value, operation) {
    switch (operation.kind) {
      case 'add': {
        const last = value + operation.count;
        return operation.last === undefined || operation.last === last ? last : undefined;
      }
      case 'is':
        return value === operation.value ? value : undefined;
      case 'isNot':
        return value === operation.value ? undefined : value;
      case 'set':
        return value === operation.expected ? operation.value : undefined;
    }
  },
  isRead: ({ kind }) => kind === 'is' || kind === 'isNot',
  keyOf: String,
};

/** One that is only drawn from, never set: its numbers rise. */
export const drawnCounterModel: Model<bigint, CounterOperation> = {
  ...counterModel,
  isTooLate: (value, operation) => {
    if (operation.kind === 'add') return operation.last !== undefined && operation.last - operation.count < value;
    return operation.kind === 'is' && operation.value < value;
  },
};

/**
 * A counter that promises only that numbers are unique and rise, as one that hands out blocks does. A draw of which nobody learned
 * the numbers explains nothing here: leaving it out is sound.
 */
export const risingCounterModel: Model<bigint, CounterOperation> = {
  ...drawnCounterModel,
  step(value, operation) {
    if (operation.kind !== 'add') return counterModel.step(value, operation);
    const { count, last } = operation;
    return last === undefined || last - count < value ? undefined : last;
  },
};
