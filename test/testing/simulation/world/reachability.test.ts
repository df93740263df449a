import { expect, test } from 'vitest';
import { Reachability } from '../../../../src/testing/simulation/world/reachability.ts';

test('ways are blocked one by one, and open when the last block is gone', () => {
  const opened: [number, number][] = [];
  const reachability = new Reachability(3, (from, to) => opened.push([from, to]));
  reachability.block(0, 1);
  reachability.block(0, 1);
  expect([reachability.open(0, 1), reachability.open(1, 0)]).toEqual([false, true]);
  reachability.unblock(0, 1);
  expect([reachability.open(0, 1), opened]).toEqual([false, []]);
  reachability.unblock(0, 1);
  expect([reachability.open(0, 1), opened]).toEqual([true, [[0, 1]]]);
  expect(() => reachability.unblock(0, 1)).toThrow('nothing blocks');
});

test('everything can be healed at once', () => {
  const opened: [number, number][] = [];
  const reachability = new Reachability(3, (from, to) => opened.push([from, to]));
  reachability.block(0, 1);
  reachability.block(0, 1);
  reachability.block(2, 0);
  reachability.healAll();
  expect(opened).toEqual([
    [0, 1],
    [2, 0],
  ]);
  expect(reachability.open(0, 1)).toBe(true);
});
