import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Client } from '../../../src/client/index.ts';
import { requestStatus } from '../../../src/rpc/admin-client.ts';
import type { ProcessNode } from '../../../src/testing/cluster/process-node.ts';
import { isStopped } from '../../../src/testing/cluster/process-state.ts';
import { TestCluster } from '../../../src/testing/cluster/test-cluster.ts';

let cluster: TestCluster<ProcessNode>;
let client: Client;

beforeAll(async () => {
  cluster = await TestCluster.start({ mode: 'processes', settings: { clusterName: 'earnest' } });
  client = await cluster.connect();
});

afterAll(() => cluster?.close());

async function leaderAndOthers() {
  const leader = await cluster.leader();
  return { leader, others: cluster.nodes.map(({ id }) => id).filter((id) => id !== leader.id) };
}

test('each node is a process of its own, with the settings given', async () => {
  const reports = await cluster.reports();
  const pids = [...reports.values()].map(({ pid }) => pid);
  expect(new Set([...pids, process.pid]).size).toBe(4);
  expect(await readFile(cluster.node('n1').logFile, 'utf8')).toContain('"clusterName":"earnest"');
});

test('nodes that are killed lose nothing that was acknowledged', async () => {
  await client.put('kept', 'yes');
  await Promise.all(cluster.nodes.map(({ id }) => cluster.kill(id)));
  for (const node of cluster.nodes) expect(await node.exited()).toEqual({ code: null, signal: 'SIGKILL' });
  await Promise.all(cluster.nodes.map(({ id }) => cluster.start(id)));
  await cluster.converged();
  expect((await client.get('kept'))?.text()).toBe('yes');
});

test('a paused leader is stopped in every thread and replaced, and follows when it is resumed', async () => {
  const { leader, others } = await leaderAndOthers();
  const { pid = 0 } = leader;
  expect(await isStopped(pid)).toBe(false);
  await cluster.pause(leader.id);
  expect([await isStopped(pid), leader.paused, leader.running]).toEqual([true, true, true]);
  await expect(requestStatus(leader.address, { timeoutMs: 200 })).rejects.toMatchObject({ code: 'TIMEOUT' });
  await expect(cluster.stop(leader.id)).rejects.toThrow('resume it first');
  const successor = await cluster.leader();
  expect(others).toContain(successor.id);
  await client.put('while', 'paused');
  await cluster.resume(leader.id);
  expect([await isStopped(pid), leader.paused]).toEqual([false, false]);
  await cluster.converged();
  expect((await cluster.leader()).id).toBe(successor.id);
});

test('a partition holds between processes, too', async () => {
  const { leader, others } = await leaderAndOthers();
  cluster.isolate(leader.id);
  await cluster.leader({ among: others });
  for (const other of others) expect(cluster.mesh.counters(leader.id, other).bytesHeld).toBeGreaterThan(0);
  await cluster.heal();
  await cluster.converged();
});

test('a node that ends at its start says why', async () => {
  const double = await cluster.node('n2').copy(cluster.node('n2').dataDir);
  await expect(double.start()).rejects.toThrow(/^n2 ended before it served \(exit code 1\): .*DIRECTORY_IN_USE/);
  await expect(double.pause()).rejects.toThrow('n2 is not running');
});

test('a stopped node has ended in good order', async () => {
  const { leader } = await leaderAndOthers();
  await cluster.stop(leader.id);
  expect(await leader.exited()).toEqual({ code: 0, signal: null });
  await expect(cluster.pause(leader.id)).rejects.toThrow(`${leader.id} is not running`);
  await cluster.start(leader.id);
});
