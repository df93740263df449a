import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ProcessNode } from '../../src/testing/cluster/process-node.ts';
import { TestCluster } from '../../src/testing/cluster/test-cluster.ts';
import { Load } from './load.ts';
import { done } from './member-commands.ts';

let cluster: TestCluster<ProcessNode>;

beforeAll(async () => {
  cluster = await TestCluster.start({ mode: 'processes', proxies: false });
}, 30_000);

afterAll(() => cluster?.close());

it('leadership goes round under a load, and no call fails', async () => {
  await using load = await Load.start(cluster.endpoints);
  const before = await cluster.leader();
  for (const { id } of cluster.nodes.filter((node) => node !== before)) {
    expect(await done(cluster, 'leader', 'transfer', id)).toEqual({ changed: true, leader: id });
    await load.goesOn();
  }
  expect(await done(cluster, 'leader', 'transfer', before.id)).toEqual({ changed: true, leader: before.id });
  expect(await done(cluster, 'leader', 'transfer', before.id)).toEqual({ changed: false, leader: before.id });
  const { leader } = await done(cluster, 'leader', 'transfer');
  expect(leader).not.toBe(before.id);
  await load.verified();
}, 60_000);

it('all nodes are restarted one after the other under a load, and no call fails', async () => {
  await using load = await Load.start(cluster.endpoints);
  for (const { id } of cluster.nodes) {
    await cluster.restart(id);
    await cluster.converged();
    await load.goesOn();
  }
  await load.verified();
}, 60_000);
