import { expect, test } from 'vitest';
import { followedByAll } from '../../../../src/testing/simulation/invariants/followed-by-all.ts';
import { drawPlan } from '../../../../src/testing/simulation/run-plan.ts';
import { createRealReplica } from '../../../../src/testing/simulation/world/replica-adapter.ts';
import { World } from '../../../../src/testing/simulation/world.ts';
import type { NodeId } from '../../../../src/wire/identifiers.ts';

const n1 = 'n1' as NodeId;
const n2 = 'n2' as NodeId;

test('a leader is followed by all when each of them says so', () => {
  expect(followedByAll([n1, n1, n1])).toBe(n1);
  expect(followedByAll([n1, n2, n1])).toBeUndefined();
  expect(followedByAll([n1, undefined, n1])).toBeUndefined();
  expect(followedByAll([undefined, undefined])).toBeUndefined();
});

test('a member that was started anew counts once it may vote, though the leader serves all the time', () => {
  const plan = {
    ...drawPlan(1, { nodes: 5, spares: 0, tightLimits: false, calmMs: 0, dropRate: 0, chaosMs: 20_000 }),
    faults: [],
  };
  const world = new World({ plan, createReplica: createRealReplica, trace: { lines: 0, eventHashes: false } });
  const followed = (): NodeId | undefined => followedByAll(core.map((node) => world.replica(node)?.leader));
  world.start();
  world.runUntil(4_000_000);
  const leader = world.leader();
  const [dead, late, ...others] = world.nodes.filter((node) => node !== leader);
  if (leader === undefined || dead === undefined || late === undefined) throw new Error('no leader');
  const core = [leader, late, ...others];
  expect(followed()).toBe(leader.nodeId);
  // Nobody can say for the dead one that the other's directory is the newest.
  dead.crash(false);
  late.crash(false);
  late.start();
  const startUs = world.queue.nowUs;
  while (followed() === undefined) world.runUntil(world.queue.nowUs + 10_000);
  expect(world.queue.nowUs - startUs).toBeGreaterThan(150_000);
  expect([followed(), world.leader()]).toEqual([leader.nodeId, leader]);
});
