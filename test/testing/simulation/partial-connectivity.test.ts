import { describe, expect, test } from 'vitest';
import { blockedPairs, type PartitionShape } from '../../../src/testing/simulation/faults/partitions.ts';
import { RandomStream } from '../../../src/testing/simulation/prng.ts';
import { drawPlan } from '../../../src/testing/simulation/run-plan.ts';
import { createRealReplica } from '../../../src/testing/simulation/world/replica-adapter.ts';
import { World } from '../../../src/testing/simulation/world.ts';

const cutAtMs = 4_000;
/** A silence, an election, and clients that find out. */
const failOverMs = 5_000;
const observedMs = 4_000;

/** A cluster under load, which from some moment on is connected only as the shape says. */
function underPartition(shape: PartitionShape, nodes: number, seed: number) {
  const config = {
    nodes,
    spares: 0,
    tightLimits: false,
    calmMs: 0,
    chaosMs: 20_000,
    thinkMs: 30,
    linkJitterUs: 200,
  } as const;
  const operations = [
    ['put', 1],
    ['get', 1],
  ] as const;
  const plan = { ...drawPlan(seed, { ...config, operations, sessionTtlMs: [1_000, 3_000] }), faults: [] };
  const trace = { lines: 0, eventHashes: false };
  const world = new World({ plan, createReplica: createRealReplica, trace });
  world.start();
  world.runUntil(cutAtMs * 1000);
  const leader = world.leader();
  if (leader === undefined) throw new Error('no leader');
  const pairs = blockedPairs(shape, leader, world.nodes, new RandomStream(seed));
  for (const [from, to] of pairs) world.reachability.block(from, to);
  world.runUntil((cutAtMs + failOverMs) * 1000);
  const before = world.coverage.count('leader changed');
  world.runUntil((cutAtMs + failOverMs + observedMs) * 1000);
  const fromUs = (cutAtMs + failOverMs) * 1000;
  const answered = world.history.operations.filter(
    ({ callUs, outcome }) => callUs >= fromUs && outcome.kind === 'done',
  );
  return {
    world,
    leader,
    answered: answered.length,
    leaderChanges: world.coverage.count('leader changed') - before,
  };
}

const seeds = [1, 2, 3];
/** The leader of before is not connected to a quorum any more. */
const deposing: readonly PartitionShape[] = ['quorumLoss', 'constrainedElection'];

describe.each([
  ['bridge', 3],
  ['bridge', 5],
  ['chain', 3],
  ['chain', 5],
  ['majoritiesRing', 5],
  ['quorumLoss', 5],
  ['constrainedElection', 5],
  ['oneWay', 3],
  ['oneWay', 5],
] as const)('%s of %i nodes', (shape, nodes) => {
  test.each(seeds)('somebody who reaches a quorum leads, and stays the leader (seed %i)', (seed) => {
    const { world, leader, answered, leaderChanges } = underPartition(shape, nodes, seed);
    if (deposing.includes(shape)) expect(world.leader()).not.toBe(leader);
    expect(leaderChanges).toBe(0);
    expect(answered).toBeGreaterThan(20);
  });
});
