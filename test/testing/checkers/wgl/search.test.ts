import { expect, test } from 'vitest';
import { type CounterOperation, counterModel } from '../../../../src/testing/checkers/models/counter.ts';
import type { TimedOperation } from '../../../../src/testing/checkers/wgl/model.ts';
import { searchOrder } from '../../../../src/testing/checkers/wgl/search.ts';

const drawn = (last: number | undefined, start: number, end: number): TimedOperation<CounterOperation> => ({
  operation: { kind: 'add', count: 1n, last: last === undefined ? undefined : BigInt(last) },
  start,
  end,
});

test('operations that touch in time are concurrent, those apart are not', () => {
  expect(searchOrder([drawn(2, 0, 10), drawn(1, 10, 20)], counterModel).verdict).toBe('ok');
  expect(searchOrder([drawn(2, 0, 9), drawn(1, 10, 20)], counterModel).verdict).toBe('violation');
});

test('what was never answered is used if it helps, and left out if not', () => {
  const open = drawn(undefined, 0, Number.POSITIVE_INFINITY);
  expect(searchOrder([open, drawn(1, 5, 6)], counterModel).verdict).toBe('ok');
  expect(searchOrder([open, drawn(2, 5, 6)], counterModel).verdict).toBe('ok');
  expect(searchOrder([open, drawn(3, 5, 6)], counterModel).verdict).toBe('violation');
  expect(searchOrder([{ ...open, start: 7 }, drawn(2, 5, 6)], counterModel).verdict).toBe('violation');
});

test('a violation shows the longest legal order and the first answer that none explains', () => {
  const history = [drawn(1, 0, 5), drawn(3, 10, 15), drawn(2, 10, 16), drawn(7, 20, 25), drawn(5, 30, 35)];
  const result = searchOrder(history, counterModel);
  expect(result).toMatchObject({ verdict: 'violation', order: [history[0], history[2], history[1]] });
  expect(result).toMatchObject({ unplaced: history[3] });
});

test('a search that takes too long says so', () => {
  // Each of twelve blocks may have been drawn or not, which makes 4096 sums, and none of them is what was answered last.
  const blocks = Array.from({ length: 12 }, (_, at) => ({
    operation: { kind: 'add', count: 1n << BigInt(at), last: undefined } as const,
    start: 0,
    end: Number.POSITIVE_INFINITY,
  }));
  const history = [...blocks, drawn(5000, 10, 20)];
  expect(searchOrder(history, counterModel, 1_000)).toMatchObject({ verdict: 'undecided' });
  expect(searchOrder(history, counterModel).verdict).toBe('violation');
});

test('nothing is in order', () => {
  expect(searchOrder([], counterModel)).toEqual({ verdict: 'ok', steps: 0 });
});
