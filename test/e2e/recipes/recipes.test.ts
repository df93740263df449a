import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestCluster } from '../../../src/testing/cluster/test-cluster.ts';
import { Program } from '../program.ts';
import { groupAndRing } from './group.ts';
import type { Scenario } from './world.ts';

const scenarios: Readonly<Record<string, Scenario>> = {
  'group and ring': groupAndRing,
};

/** Just above the time of a fail-over, so that the dead are found out soon. */
const ttlMs = 1_500;
const checks = new Map<string, () => Promise<void>>();
let cluster: TestCluster;

/** One cluster, one victim, and one death of a leader serve all recipes: each is brought to where it matters, then all are checked. */
beforeAll(async () => {
  cluster = await TestCluster.start({ mode: 'processes', proxies: false });
  const client = await cluster.connect();
  using victim = new Program('recipe-victim.mjs', [cluster.endpoints.join(','), String(ttlMs)]);
  const ready = Object.entries(scenarios).map(async ([name, scenario]) => {
    checks.set(name, await scenario({ cluster, client, victim }));
  });
  await Promise.all(ready);
  await victim.kill();
  const leader = await cluster.leader();
  await cluster.kill(leader.id);
  await cluster.start(leader.id);
}, 60_000);

afterAll(() => cluster.close());

test.each(Object.keys(scenarios))('%s: a participant is killed, then the leader', async (name) => {
  const check = checks.get(name);
  expect(check).toBeDefined();
  await check?.();
});
