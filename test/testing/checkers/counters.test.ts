import { expect, test } from 'vitest';
import { checkCounters } from '../../../src/testing/checkers/counters.ts';
import type { OperationRecord } from '../../../src/testing/checkers/history.ts';
import type { Revision } from '../../../src/wire/identifiers.ts';
import { checksOf } from './scenario.ts';

function drawn(revision: number, first: bigint, last: bigint, name = 'n'): OperationRecord {
  return {
    client: 'c',
    body: { kind: 'counterAdd', name, count: Number(last - first) + 1 },
    command: undefined,
    callUs: 0,
    seenRevision: 0,
    outcome: { kind: 'done', returnUs: 1, revision: revision as Revision, body: { kind: 'counterBlock', first, last } },
  };
}

test('blocks that rise with the revisions pass, in whatever order they were answered', () => {
  expect(checkCounters([drawn(3, 2n, 11n), drawn(2, 1n, 1n), drawn(5, 12n, 12n), drawn(4, 1n, 1n, 'other')])).toEqual(
    [],
  );
});

test.each([
  ['the same number twice', [drawn(1, 1n, 1n), drawn(2, 1n, 1n)]],
  ['blocks that overlap', [drawn(1, 1n, 10n), drawn(2, 10n, 12n)]],
  ['a number that goes back', [drawn(1, 5n, 5n), drawn(2, 4n, 4n)]],
  ['two draws in one revision', [drawn(1, 1n, 1n), drawn(1, 2n, 2n)]],
])('%s', (_what, history) => {
  expect(checksOf(checkCounters(history))).toEqual(['counter values are unique and rise']);
});

test('a block of another size than asked for', () => {
  const short = { ...drawn(1, 1n, 3n), body: { kind: 'counterAdd', name: 'n', count: 5 } as const };
  expect(checksOf(checkCounters([short]))).toEqual(['counter gives as many as asked for']);
});

test('a counter that is also set is left to the model', () => {
  const set = {
    ...drawn(2, 1n, 1n),
    body: { kind: 'counterCompareAndSet', name: 'n', expected: 9n, value: 0n } as const,
  };
  expect(checkCounters([drawn(1, 1n, 9n), set, drawn(3, 1n, 1n)])).toEqual([]);
});

const untold = (count: number, outcome: OperationRecord['outcome'] = { kind: 'unknown' }): OperationRecord => ({
  ...drawn(9, 1n, BigInt(count)),
  outcome,
});

test('numbers that are missing were drawn by calls that nobody was told of', () => {
  const drew = [drawn(1, 1n, 1n), drawn(4, 12n, 12n)];
  expect(checkCounters([...drew, untold(10)])).toEqual([]);
  expect(checkCounters([...drew, untold(10), untold(3)])).toEqual([]);
  expect(checksOf(checkCounters(drew))).toEqual(['counter values are what was drawn']);
  expect(checksOf(checkCounters([...drew, untold(9)]))).toEqual(['counter values are what was drawn']);
});

test('a draw that was reported as not applied takes no numbers', () => {
  const refused = untold(1, { kind: 'notApplied', returnUs: 1, why: 'BUSY' });
  expect(checksOf(checkCounters([refused, drawn(2, 2n, 2n)]))).toEqual(['counter values are what was drawn']);
});
