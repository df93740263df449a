import { expect, test } from 'vitest';
import { LivenessPhase } from '../../../../src/testing/simulation/invariants/liveness.ts';
import { RandomStream } from '../../../../src/testing/simulation/prng.ts';
import { drawPlan } from '../../../../src/testing/simulation/run-plan.ts';
import { createRealReplica } from '../../../../src/testing/simulation/world/replica-adapter.ts';
import { World } from '../../../../src/testing/simulation/world.ts';

test('a node that was told of a failed write just before the faults ended is started again', () => {
  const config = { nodes: 3, budget: 'within', tightLimits: false, minority: 'healed', turnUs: 10_000 } as const;
  const operations = [['put', 1]] as const;
  const plan = { ...drawPlan(1, { ...config, operations, chaosMs: 10_000, thinkMs: 30 }), faults: [] };
  const world = new World({ plan, createReplica: createRealReplica, trace: { lines: 0, eventHashes: false } });
  world.start();
  world.runUntil(3_000_000);
  const node = world.nodes.find((other) => other !== world.leader());
  if (node === undefined) throw new Error('no follower');
  node.disk.full = true;
  while (node.disk.opened && world.queue.nowUs < 10_000_000) world.runUntil(world.queue.nowUs + 100);
  expect([node.disk.opened, node.phase]).toEqual([false, 'running']);
  new LivenessPhase(world, new RandomStream(1)).run();
  expect([node.phase, node.boots]).toEqual(['running', 2]);
});
