import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ClockReader } from '../../src/wire/clock-reader.ts';

/** A machine whose time is told what to do. The time since boot has steps of 10 ms, as on Linux. */
function machine() {
  const time = { monotonicMs: 1_000, wallMs: 1_700_000_000_000, bootMs: 50_000, uptimeReads: 0 };
  const clock = new ClockReader({
    monotonicMs: () => time.monotonicMs,
    wallMs: () => Math.floor(time.wallMs),
    uptimeMs: () => {
      time.uptimeReads += 1;
      return Math.floor(time.bootMs / 10) * 10;
    },
  });
  const run = (ms: number): void => {
    time.monotonicMs += ms;
    time.wallMs += ms;
    time.bootMs += ms;
  };
  const suspend = (ms: number): void => {
    time.wallMs += ms;
    time.bootMs += ms;
  };
  const setWall = (ms: number): void => {
    time.wallMs += ms;
  };
  return { time, clock, run, suspend, setWall };
}

test('a suspension shows in the first reading after it', () => {
  const { clock, run, suspend } = machine();
  clock.read();
  run(2);
  const before = clock.read();
  suspend(500);
  run(1);
  const after = clock.read();
  expect(after.monotonicMs - before.monotonicMs).toBeCloseTo(1);
  expect(after.uptimeMs - before.uptimeMs).toBeGreaterThan(480);
});

test('a wall clock that is set is no suspension', () => {
  const { clock, run, setWall } = machine();
  const first = clock.read();
  for (const stepMs of [3_600_000, -7_200_000, 100]) {
    setWall(stepMs);
    run(1);
    const { monotonicMs, uptimeMs } = clock.read();
    const driftMs = uptimeMs - first.uptimeMs - (monotonicMs - first.monotonicMs);
    expect(Math.abs(driftMs)).toBeLessThanOrEqual(10);
  }
});

test('neither clock goes back, both keep within a step of the truth, and the costly one is read seldom', () => {
  const step = fc.oneof(
    {
      weight: 10,
      arbitrary: fc.record({ kind: fc.constant('run' as const), ms: fc.double({ min: 0, max: 30, noNaN: true }) }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('suspend' as const), ms: fc.nat(10_000) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('setWall' as const), ms: fc.integer() }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const world = machine();
      let last = world.clock.read();
      for (const { kind, ms } of steps) {
        world[kind](ms);
        const now = world.clock.read();
        expect(now.monotonicMs).toBe(world.time.monotonicMs);
        expect(now.uptimeMs).toBeGreaterThanOrEqual(last.uptimeMs);
        // A suspension shorter than the drift that is looked for may be missed for a while.
        expect(Math.abs(now.uptimeMs - world.time.bootMs)).toBeLessThanOrEqual(20);
        last = now;
      }
    }),
  );
  const { time, clock, run } = machine();
  for (let count = 0; count < 1_000; count++) {
    run(0.1);
    clock.read();
  }
  expect(time.uptimeReads).toBeLessThanOrEqual(12);
});
