import { expect } from 'vitest';
import { barrier, doubleBarrier, latch } from '../../../src/recipes/index.ts';
import { recipeRejection } from '../../recipes/support.ts';
import type { Scenario } from './world.ts';

/** The others learn that it is broken, and the next round is whole. */
export const barriers: Scenario = async ({ client, victim }) => {
  const gate = barrier(client, 'gate', { parties: 4 });
  const waiting = Promise.all([recipeRejection(gate.wait()), recipeRejection(gate.wait())]);
  waiting.catch(() => undefined);
  await victim.next('at barrier');
  return async () => {
    const broken = await waiting;
    expect(broken.map(({ code }) => code)).toEqual(['BARRIER_BROKEN', 'BARRIER_BROKEN']);
    expect(broken[0]?.message).toContain("'victim'");
    const passed = await Promise.all([gate.wait(), gate.wait(), gate.wait(), gate.wait()]);
    expect(passed.map(({ round, position }) => `${round}.${position}`).sort()).toEqual(['2.0', '2.1', '2.2', '2.3']);
  };
};

/** One that dies inside counts as one that has left. */
export const doubleBarriers: Scenario = async ({ client, victim }) => {
  const passage = await doubleBarrier(client, 'room', { parties: 2 }).enter();
  await victim.next('in room');
  let hasLeft = false;
  const leaving = passage.leave().then(() => {
    hasLeft = true;
  });
  leaving.catch(() => undefined);
  expect(hasLeft).toBe(false);
  return () => leaving;
};

/** Whoever waits for one that has promised to count down and dies learns it. */
export const latches: Scenario = async ({ client, victim }) => {
  const start = latch(client, 'start', { count: 2 });
  await victim.next('joined latch');
  await start.countDown({ id: 'survivor' });
  const waiting = recipeRejection(start.wait());
  waiting.catch(() => undefined);
  return async () => {
    expect(await waiting).toMatchObject({ code: 'LATCH_BROKEN', message: expect.stringContaining("'victim'") });
    await start.reset();
    await Promise.all([start.wait(), start.countDown(), start.countDown()]);
  };
};
