import { afterAll, beforeAll, expect, test } from 'vitest';
import { TestCluster } from '../../../src/testing/cluster/test-cluster.ts';
import { OutsideStore } from '../../recipes/outside-store.ts';
import { Program } from '../program.ts';
import { barriers, doubleBarriers, latches } from './meeting.ts';
import { groupAndRing, serviceDirectory } from './membership.ts';
import { OutsideServer } from './outside-server.ts';
import { caches, counters, distributedTransactions, everyStep } from './state.ts';
import { partitioned, pools, queues } from './work.ts';
import type { Scenario } from './world.ts';

const scenarios: Readonly<Record<string, Scenario>> = {
  'group, ring': groupAndRing,
  directory: serviceDirectory,
  barrier: barriers,
  'double barrier': doubleBarriers,
  latch: latches,
  queue: queues,
  'worker pool': pools,
  partitions: partitioned,
  'striped counter': counters,
  cache: caches,
  'two-phase commit': distributedTransactions,
  'two-phase commit at every step': everyStep,
};

/** Above the time of a fail-over, also on a machine that has much else to do, and soon over for the dead. */
const ttlMs = 3_000;
const checks = new Map<string, () => Promise<void>>();
let cluster: TestCluster;
let server: OutsideServer;

/** One cluster, one victim, and one death of a leader serve all recipes: each is brought to where it matters, then all are checked. */
beforeAll(async () => {
  cluster = await TestCluster.start({ mode: 'processes', proxies: false });
  const client = await cluster.connect();
  const [debit, credit, from, to] = [new OutsideStore(), new OutsideStore(), new OutsideStore(), new OutsideStore()];
  const stores = { debit, credit, from, to };
  server = new OutsideServer(stores, (query) => query.get('store') === 'credit' && query.get('step') === 'commit');
  const storeUrl = await server.listen();
  using victim = new Program('recipe-victim.mjs', [cluster.endpoints.join(','), String(ttlMs), storeUrl]);
  const ready = Object.entries(scenarios).map(async ([name, scenario]) => {
    checks.set(name, await scenario({ client, victim, stores }));
  });
  await Promise.all(ready);
  await victim.kill();
  const leader = await cluster.leader();
  await cluster.kill(leader.id);
  await cluster.start(leader.id);
}, 60_000);

afterAll(async () => {
  await cluster?.close();
  await server?.[Symbol.asyncDispose]();
});

test.each(Object.keys(scenarios))('%s: a participant is killed, then the leader', async (name) => {
  const check = checks.get(name);
  expect(check).toBeDefined();
  await check?.();
});
