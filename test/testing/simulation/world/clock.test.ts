import { expect, test } from 'vitest';
import { type ClockTraits, SimulatedClock } from '../../../../src/testing/simulation/world/clock.ts';

function clockWith(traits: Partial<ClockTraits> = {}): SimulatedClock {
  return new SimulatedClock({ rate: 1, epochUs: 0, uptimeOffsetMs: 0, uptimeGrainMs: 0, ...traits });
}

test('a fast clock shows more time than has passed, and true times convert back', () => {
  const clock = clockWith({ rate: 1.1, uptimeOffsetMs: 40 });
  expect(clock.monotonicMs(1_000_000)).toBeCloseTo(1_100, 2);
  expect(clock.trueTimeUs(1_100)).toBeCloseTo(1_000_000, 0);
  expect(clock.trueDurationUs(1_100)).toBeCloseTo(1_000_000, 0);
  expect(clock.sinceBootMs(1_000_000)).toBeCloseTo(1_140, 2);
  expect(clock.trueTimeSinceBootUs(1_140)).toBeCloseTo(1_000_000, 0);
});

test('a new process starts with a clock of its own, the time since boot goes on', () => {
  const clock = clockWith({ uptimeOffsetMs: 500 });
  expect(clock.instant(1_000_000)).toEqual({ monotonicMs: 1_000, uptimeMs: 1_500 });
  clock.restart(1_000_000, 7);
  expect(clock.instant(1_001_000)).toEqual({ monotonicMs: 8, uptimeMs: 1_501 });
});

test('while the machine is suspended only the time since boot and the wall clock go on', () => {
  const clock = clockWith();
  const wallMs = clock.wallMs(0);
  clock.standStill(300_000);
  expect(clock.instant(1_000_000)).toEqual({ monotonicMs: 700, uptimeMs: 1_000 });
  expect(clock.wallMs(1_000_000) - wallMs).toBe(1_000);
});

test('a suspension of any length takes nothing off a clock of any rate', () => {
  for (const rate of [0.9, 0.98, 1, 1.0371, 1.1]) {
    const clock = clockWith({ rate, epochUs: -123_457.3 });
    let nowUs = 17;
    for (let durationUs = 1; durationUs < 100_000; durationUs = durationUs * 2 + 1) {
      const before = clock.monotonicMs(nowUs);
      nowUs += durationUs;
      clock.standStill(durationUs);
      expect(clock.monotonicMs(nowUs)).toBe(before);
    }
  }
});

test('the time since boot is shown in its steps, and setting the wall clock moves nothing else', () => {
  const clock = clockWith({ uptimeGrainMs: 10 });
  expect([clock.uptimeMs(19_999), clock.uptimeMs(20_000)]).toEqual([10, 20]);
  const before = [clock.wallMs(50_000), clock.instant(50_000)] as const;
  clock.setWall(-3_600_000);
  expect(clock.wallMs(50_000)).toBe(before[0] - 3_600_000);
  expect(clock.instant(50_000)).toEqual(before[1]);
});
