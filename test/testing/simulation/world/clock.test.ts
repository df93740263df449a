import { expect, test } from 'vitest';
import { SimulatedClock } from '../../../../src/testing/simulation/world/clock.ts';

test('a fast clock shows more time than has passed, and true times convert back', () => {
  const clock = new SimulatedClock(1.1, 0, 0);
  expect(clock.monotonicMs(1_000_000)).toBeCloseTo(1_100, 2);
  expect(clock.trueTimeUs(1_100)).toBeCloseTo(1_000_000, 0);
  expect(clock.trueDurationUs(1_100)).toBeCloseTo(1_000_000, 0);
});

test('a new process starts with a clock of its own, the time since boot goes on', () => {
  const clock = new SimulatedClock(1, 0, 500);
  expect(clock.instant(1_000_000)).toEqual({ monotonicMs: 1_000, uptimeMs: 1_500 });
  clock.restart(1_000_000, 7);
  expect(clock.instant(1_001_000)).toEqual({ monotonicMs: 8, uptimeMs: 1_501 });
});

test('while the machine is suspended only the time since boot goes on', () => {
  const clock = new SimulatedClock(1, 0, 0);
  clock.standStill(300_000);
  expect(clock.instant(1_000_000)).toEqual({ monotonicMs: 700, uptimeMs: 1_000 });
});
