import { expect, test } from 'vitest';
import { Isolation } from '../../src/recipes/isolation.ts';

const settings = { failures: 3, isolationMs: 1_000, isolationMsHigh: 3_000 };

function fail(isolation: Isolation, nowMs: number): void {
  isolation.end('failed', isolation.begin(nowMs), nowMs);
}

test('some failures in a row isolate it, and a success in between starts the count anew', () => {
  const isolation = new Isolation(settings);
  fail(isolation, 0);
  fail(isolation, 0);
  isolation.end('succeeded', isolation.begin(0), 0);
  fail(isolation, 0);
  fail(isolation, 0);
  expect(isolation.isReady(0)).toBe(true);
  fail(isolation, 0);
  expect([isolation.isReady(0), isolation.isReady(999), isolation.isIsolated]).toEqual([false, false, true]);
});

test('after it one attempt is made, and no other beside it; a success ends the isolation', () => {
  const isolation = new Isolation(settings);
  for (let count = 0; count < 3; count++) fail(isolation, 0);
  expect(isolation.isReady(1_000)).toBe(true);
  expect(isolation.begin(1_000)).toBe(true);
  expect([isolation.isReady(1_001), isolation.begin(1_001)]).toEqual([false, false]);
  isolation.end('succeeded', true, 1_002);
  expect([isolation.isReady(1_002), isolation.isIsolated]).toEqual([true, false]);
});

test('an attempt that fails doubles the time, up to the highest; one whose outcome is unknown changes nothing', () => {
  const isolation = new Isolation(settings);
  for (let count = 0; count < 3; count++) fail(isolation, 0);
  fail(isolation, 1_000);
  expect(isolation.untilMs).toBe(3_000);
  isolation.end('unknown', isolation.begin(3_000), 3_000);
  expect(isolation.isReady(3_000)).toBe(true);
  fail(isolation, 3_000);
  expect(isolation.untilMs, 'the highest').toBe(6_000);
});

test('what was sent before the isolation does not count in it', () => {
  const isolation = new Isolation(settings);
  const early = isolation.begin(0);
  for (let count = 0; count < 3; count++) fail(isolation, 0);
  isolation.end('succeeded', early, 1);
  expect(isolation.isIsolated).toBe(true);
  isolation.end('failed', early, 500);
  expect(isolation.untilMs).toBe(1_000);
});
