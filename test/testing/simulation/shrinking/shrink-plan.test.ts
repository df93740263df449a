import { expect, test } from 'vitest';
import { drawPlan, type RunPlan } from '../../../../src/testing/simulation/run-plan.ts';
import { runPlan } from '../../../../src/testing/simulation/run-simulation.ts';
import { shrinkPlan } from '../../../../src/testing/simulation/shrinking/shrink-plan.ts';
import { failingRun, forgetful } from '../broken-replicas.ts';

test('of a failure that needs one fault before another, those two are left, and nothing else', () => {
  const plan = drawPlan(1, {
    faults: [
      ['crash', 1],
      ['pause', 1],
      ['halves', 1],
    ],
    faultIntervalMs: 300,
    dropRate: 0.1,
    clients: 4,
  });
  const crashBeforePause = ({ faults }: RunPlan): boolean => {
    const crash = faults.findIndex(({ kind }) => kind === 'crash');
    return crash >= 0 && faults.slice(crash).some(({ kind }) => kind === 'pause');
  };
  expect(crashBeforePause(plan)).toBe(true);
  expect(plan.faults.length).toBeGreaterThan(20);
  const sizes: number[] = [];
  const shrunk = shrinkPlan(plan, crashBeforePause, {
    onSmaller: ({ faults, calls }) => sizes.push(faults.length + calls.length),
  });
  expect(shrunk.faults.map(({ kind }) => kind)).toEqual(['crash', 'pause']);
  expect(shrunk.calls).toEqual([]);
  expect(shrunk.config).toMatchObject({ clients: 1, dropRate: 0, tightLimits: false, permuteTies: false });
  expect(shrunk.faults.every(({ atMs }) => atMs % 1_000 === 0)).toBe(true);
  expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
});

test('what the failure needs of the configuration stays', () => {
  const plan = drawPlan(2, { nodes: 5, clients: 4, duplicateRate: 0.2, transport: 'datagram' });
  const fails = ({ config, calls }: RunPlan): boolean =>
    config.duplicateRate > 0 && config.clients >= 2 && calls.some(({ client }) => client === 1);
  const shrunk = shrinkPlan(plan, fails);
  expect(shrunk.config).toMatchObject({ nodes: 3, clients: 2, duplicateRate: 0.2 });
  expect(shrunk.faults).toEqual([]);
  expect(shrunk.calls).toHaveLength(1);
});

test('without time it is the plan that it was', () => {
  const plan = drawPlan(3);
  expect(shrinkPlan(plan, () => true, { outOfTime: () => true })).toBe(plan);
});

test('a run that fails because of a real bug shrinks to a few faults', () => {
  const options = { createReplica: forgetful };
  const { plan, violation } = failingRun(options);
  let tries = 0;
  const fails = (candidate: RunPlan): boolean => {
    tries += 1;
    return runPlan(candidate, options).violation?.invariant === violation?.invariant;
  };
  const shrunk = shrinkPlan(plan, fails, { outOfTime: () => tries >= 400 });
  expect(fails(shrunk)).toBe(true);
  expect(shrunk.faults.length).toBeLessThanOrEqual(3);
  expect(shrunk.calls.length).toBeLessThanOrEqual(plan.calls.length / 4);
}, 60_000);
