import fc from 'fast-check';
import { expect, test } from 'vitest';
import { drawPlan, largestSeed, prolongPlan } from '../../../src/testing/simulation/run-plan.ts';
import { runPlan, runSimulation } from '../../../src/testing/simulation/run-simulation.ts';

const seeds = fc.integer({ min: 0, max: largestSeed });

test('seeds are whole numbers of 32 bits', () => {
  expect(drawPlan(0)).not.toEqual(drawPlan(largestSeed));
  for (const seed of [-1, 0.5, largestSeed + 1, Number.NaN]) expect(() => drawPlan(seed)).toThrow(RangeError);
});

test('a longer chaos begins with the same faults and calls', () => {
  fc.assert(
    fc.property(seeds, fc.integer({ min: 1, max: 5_000 }), (seed, byMs) => {
      const plan = drawPlan(seed);
      const { whole, added } = prolongPlan(plan, byMs);
      const atOnce = drawPlan(seed, { chaosMs: plan.config.chaosMs + byMs });
      expect(whole.config).toEqual(atOnce.config);
      expect(whole.faults).toEqual(atOnce.faults);
      expect(whole.calls).toEqual(atOnce.calls);
      for (const { atMs } of [...added.faults, ...added.calls]) expect(atMs).toBeGreaterThan(plan.config.chaosMs);
    }),
    { seed: 1, numRuns: 20 },
  );
});

test('chaos with too few events goes on, and its plan as reported gives the same run again', () => {
  for (const permuteTies of [false, true]) {
    const plan = drawPlan(7, { permuteTies });
    const short = runPlan(plan);
    expect(short.plan).toBe(plan);
    const least = short.events + 500;
    const report = runPlan(plan, { leastEvents: least });
    expect(report.events).toBeGreaterThanOrEqual(least);
    expect(report.virtualMs).toBeGreaterThan(short.virtualMs);
    expect(report.plan.config.chaosMs).toBeGreaterThan(plan.config.chaosMs);
    expect(report.plan.calls.length).toBeGreaterThan(plan.calls.length);
    expect({ ...runPlan(report.plan), plan: undefined }).toEqual({ ...report, plan: undefined });
  }
});

test('a fault that is taken away changes nothing before its time, and the others keep their draws', () => {
  const plan = drawPlan(11, { permuteTies: true });
  const whole = runPlan(plan, { eventHashes: true, traceLines: Number.MAX_SAFE_INTEGER });
  const last = plan.faults.at(-1)!;
  const shorter = { ...plan, faults: plan.faults.slice(0, -1) };
  const without = runPlan(shorter, { eventHashes: true, traceLines: Number.MAX_SAFE_INTEGER });
  const parted = whole.trace.findIndex((line, at) => line !== without.trace[at]);
  expect(whole.trace[parted]).toContain(`fault: ${last.kind}`);
  const faultsOf = (trace: readonly string[]) => trace.filter((line) => line.includes('fault: '));
  expect(faultsOf(without.trace)).toEqual(faultsOf(whole.trace).slice(0, -1));
});

test('faults are counted by kind as they begin', () => {
  const { plan, faults } = runSimulation(12);
  const planned = new Map<string, number>();
  for (const { kind } of plan.faults) planned.set(kind, (planned.get(kind) ?? 0) + 1);
  expect(new Map(faults)).toEqual(planned);
});
