import { afterEach, expect, test, vi } from 'vitest';
import { SessionClock } from '../../../../src/replica/session-clock.ts';
import { type ConfigOverrides, drawConfig } from '../../../../src/testing/simulation/config.ts';
import { LivenessPhase } from '../../../../src/testing/simulation/invariants/liveness.ts';
import { longestExpiryMs } from '../../../../src/testing/simulation/invariants/longest-expiry.ts';
import { RandomStream } from '../../../../src/testing/simulation/prng.ts';
import { drawPlan } from '../../../../src/testing/simulation/run-plan.ts';
import { createRealReplica } from '../../../../src/testing/simulation/world/replica-adapter.ts';
import { World } from '../../../../src/testing/simulation/world.ts';

afterEach(() => void vi.restoreAllMocks());

/** Without faults, under a light load, for three seconds. */
function loadedWorld(overrides: ConfigOverrides, seed = 1): World {
  const config = { budget: 'within', tightLimits: false, chaosMs: 10_000, thinkMs: 30, ...overrides } as const;
  const plan = { ...drawPlan(seed, { operations: [['put', 1]], ...config }), faults: [] };
  const world = new World({ plan, createReplica: createRealReplica, trace: { lines: 0, eventHashes: false } });
  world.start();
  world.runUntil(3_000_000);
  return world;
}

function recover(world: World, seed = 1): void {
  new LivenessPhase(world, new RandomStream(seed)).run();
}

test('a node that was told of a failed write just before the faults ended is started again', () => {
  const world = loadedWorld({ nodes: 3, minority: 'healed', turnUs: 10_000 });
  const node = world.nodes.find((other) => other !== world.leader());
  if (node === undefined) throw new Error('no follower');
  node.disk.full = true;
  while (node.disk.opened && world.queue.nowUs < 10_000_000) world.runUntil(world.queue.nowUs + 100);
  expect([node.disk.opened, node.phase]).toEqual([false, 'running']);
  recover(world);
  expect([node.phase, node.boots]).toEqual(['running', 2]);
});

test.each(['healed', 'disturbing'] as const)(
  'sessions that never expire are found where the minority is %s',
  (minority) => {
    vi.spyOn(SessionClock.prototype, 'takeExpired').mockReturnValue([]);
    for (const seed of [1, 2, 3]) {
      const world = loadedWorld({ nodes: 5, clients: 2, sdkRate: 0, minority, sessionTtlMs: [300, 600] }, seed);
      world.clients[0]?.stop(true);
      expect(() => recover(world, seed)).toThrow(/sessions of the dead expire/);
    }
  },
);

test('a session may last as long as its TTL takes by the slowest clock', () => {
  const sessionTtlMs = [1_000, 3_000] as const;
  const within = drawConfig(1, { sessionTtlMs, clockDriftPermille: 100, realDriftPermille: 100 });
  const beyond = { ...within, realDriftPermille: 300 };
  for (const config of [within, beyond]) {
    const slowest = 1 - config.realDriftPermille / 1000;
    expect(longestExpiryMs(config)).toBeGreaterThan((3_000 * (1.1 / 0.9)) / slowest);
    expect(longestExpiryMs(config)).toBeLessThan((3_000 * 1.5) / slowest);
  }
});
