import { expect, test } from 'vitest';
import { shrinkWithFastCheck } from '../../scripts/sim/fast-check-shrink.ts';
import { shrinkFailure } from '../../scripts/sim/shrink-failure.ts';
import { drawPlan, type RunPlan } from '../../src/testing/simulation/run-plan.ts';
import { runPlan } from '../../src/testing/simulation/run-simulation.ts';
import { failingRun, forgetful } from '../testing/simulation/broken-replicas.ts';

test('fast-check moves times, draws and settings down to where it only just fails', () => {
  const plan = drawPlan(1, { linkJitterUs: 10_000 });
  const fails = ({ faults, config }: RunPlan): boolean =>
    faults.some(({ atMs, draw }) => atMs >= 3_000 && draw >= 1_000) && config.linkJitterUs >= 77;
  expect(fails(plan)).toBe(true);
  const shrunk = shrinkWithFastCheck(plan, fails, 20_000);
  expect(fails(shrunk)).toBe(true);
  expect(shrunk.calls).toEqual([]);
  expect(shrunk.faults).toHaveLength(1);
  expect(shrunk.faults[0]).toMatchObject({ atMs: 3_000, draw: 1_000 });
  expect(shrunk.config).toMatchObject({ linkJitterUs: 77, diskUs: 0, clients: 1 });
});

test('a plan that does not fail stays as it is', () => {
  const plan = drawPlan(2);
  expect(shrinkWithFastCheck(plan, () => false, 5_000)).toBe(plan);
});

test('a failing run of a broken product becomes a plan of few faults that fails in the same way', () => {
  const options = { createReplica: forgetful };
  const report = failingRun(options);
  const { plan } = shrinkFailure(report, 15_000, options);
  expect(plan.faults.length).toBeLessThanOrEqual(10);
  expect(plan.calls.length).toBeLessThan(report.plan.calls.length / 4);
  expect(runPlan(plan, options).violation?.invariant).toBe(report.violation?.invariant);
  expect(runPlan(plan).violation).toBeUndefined();
}, 60_000);
