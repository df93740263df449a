import { expect, test } from 'vitest';
import { Seconds } from '../../scripts/bench/seconds.ts';

function done(perSecond: readonly number[]): Seconds {
  const seconds = new Seconds();
  for (const [second, count] of perSecond.entries()) {
    for (let n = 0; n < count; n++) seconds.count(second * 1_000 + n);
  }
  return seconds;
}

test('the slowest second is held against the median one, without the last, which is not whole', () => {
  expect(done([10, 8, 12, 3, 11, 1]).slowestToMedian()).toBe(0.3);
  expect(done([10, 10, 10, 1]).slowestToMedian()).toBe(1);
});

test('a second in which nothing was done counts', () => {
  expect(done([10, 0, 10, 10, 5]).slowestToMedian()).toBe(0);
});

test('what was done before the beginning does not count, and of a few seconds nothing is said', () => {
  const seconds = new Seconds();
  seconds.count(-1);
  expect(seconds.slowestToMedian()).toBeUndefined();
  expect(done([5, 1, 1]).slowestToMedian()).toBeUndefined();
});
