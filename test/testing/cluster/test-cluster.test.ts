import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Client } from '../../../src/client/index.ts';
import { requestStatus } from '../../../src/rpc/admin-client.ts';
import { TestCluster } from '../../../src/testing/cluster/test-cluster.ts';
import { waitFor } from '../../../src/testing/cluster/wait-for.ts';

let cluster: TestCluster;
let client: Client;

beforeAll(async () => {
  cluster = await TestCluster.start();
  client = await cluster.connect();
});

afterAll(() => cluster?.close());

afterEach(async () => {
  await cluster.heal();
  await Promise.all(cluster.nodes.filter(({ running }) => !running).map((node) => node.start()));
  await cluster.converged();
});

const within = { timeoutMs: 10_000 };

async function leaderAndOthers() {
  const { id } = await cluster.leader();
  const others = cluster.nodes.map((node) => node.id).filter((other) => other !== id);
  return { leader: id, others, follower: others[0] ?? '' };
}

async function ballotOf(id: string) {
  return (await cluster.node(id).report())?.ballot;
}

async function expectOnlyOneLeads(among: readonly string[], not: string) {
  const successor = await cluster.leader({ among });
  await waitFor(`${not} to step down`, async () => (await cluster.node(not).report())?.state !== 'leader', within);
  return successor;
}

describe('nodes', () => {
  test('a killed leader is gone at once, another leads, and the killed one catches up when it is started', async () => {
    const { leader, others } = await leaderAndOthers();
    await client.put('kept', 'yes');
    await cluster.kill(leader);
    expect(cluster.node(leader).running).toBe(false);
    await expect(requestStatus(cluster.node(leader).address, within)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect([...(await cluster.reports()).keys()].sort()).toEqual(others);
    await cluster.leader({ among: others });
    expect((await client.get('kept'))?.text()).toBe('yes');
    await client.put('kept', 'more');
    await cluster.start(leader);
    await cluster.converged();
    // The journal was not closed in good order, and nobody was told.
    const log = await readFile(cluster.node(leader).logFile, 'utf8');
    expect(log).not.toContain('"event":"stopping"');
  });

  test('a restarted leader has handed over first', async () => {
    const { leader, others } = await leaderAndOthers();
    await cluster.restart(leader);
    expect(others).toContain((await cluster.leader()).id);
    const log = await readFile(cluster.node(leader).logFile, 'utf8');
    expect(log).toContain('"event":"transfer"');
    await expect(cluster.start(leader)).rejects.toThrow(`${leader} is running`);
  });

  test('cannot be paused alone in one process', async () => {
    await expect(cluster.pause('n1')).rejects.toThrow("use mode 'processes', or isolate('n1')");
  });

  test.each<[string, () => unknown]>([
    ['kill', () => cluster.kill('n9')],
    ['partition', async () => cluster.partition([['n1', 'n9']])],
    ['isolate', async () => cluster.isolate('n9')],
    ['one way', async () => cluster.partitionOneWay(['n1'], ['n9'])],
    ['slow', async () => cluster.slow('n9', 'n1', {})],
  ])('that are none are refused: %s', async (_, act) => {
    await expect(act()).rejects.toThrow(/no node n9: there are n1, n2, n3/);
  });
});

describe('partitions', () => {
  test('an isolated follower misses what is written, costs no leadership, and catches up', async () => {
    const { leader, follower } = await leaderAndOthers();
    const ballot = await ballotOf(leader);
    cluster.isolate(follower);
    const { revision } = await client.put('while', 'isolated');
    await waitFor('held bytes', () => cluster.mesh.counters(leader, follower).bytesHeld > 0, within);
    expect((await cluster.node(follower).report())?.revision).toBeLessThan(revision);
    await waitFor('it to campaign', async () => (await cluster.node(follower).report())?.state === 'candidate', within);
    await cluster.heal();
    await cluster.converged();
    expect((await cluster.node(follower).report())?.revision).toBeGreaterThanOrEqual(revision);
    expect(await ballotOf(leader)).toEqual(ballot);
  });

  test('a leader in the minority steps down, and the majority chooses another', async () => {
    const { leader, others } = await leaderAndOthers();
    cluster.partition([[leader], others]);
    await expectOnlyOneLeads(others, leader);
    await client.put('of the', 'majority');
    await cluster.heal();
    await cluster.converged();
  });

  test('a leader that is not heard is replaced, though it hears', async () => {
    const { leader, others } = await leaderAndOthers();
    cluster.partitionOneWay([leader], others);
    await expectOnlyOneLeads(others, leader);
    for (const other of others) expect(cluster.mesh.counters(leader, other).bytesHeld).toBeGreaterThan(0);
  });

  test('a leader that does not hear is replaced, though it is heard', async () => {
    const { leader, others } = await leaderAndOthers();
    cluster.partitionOneWay(others, [leader]);
    await expectOnlyOneLeads(others, leader);
    for (const other of others) expect(cluster.mesh.counters(other, leader).bytesHeld).toBeGreaterThan(0);
  });

  test('groups may overlap: the bridge keeps the cluster alive', async () => {
    cluster.partition([
      ['n1', 'n2'],
      ['n2', 'n3'],
    ]);
    await waitFor('held bytes', () => cluster.mesh.counters('n1', 'n3').bytesHeld > 0, within);
    const before = cluster.mesh.counters('n2', 'n1').bytesPassed;
    await client.put('over', 'the bridge', { timeoutMs: 10_000 });
    await waitFor('passed bytes', () => cluster.mesh.counters('n2', 'n1').bytesPassed > before, within);
    expect((await cluster.leader()).id).toMatch(/^n[123]$/);
  });

  test('a flapping one comes and goes until it is healed', async () => {
    const { leader, follower } = await leaderAndOthers();
    const { bytesHeld, bytesPassed } = cluster.mesh.counters(leader, follower);
    const flapping = cluster.flap([[follower]], 80);
    await waitFor('three cuts', () => flapping.cuts >= 3, within);
    expect(cluster.mesh.counters(leader, follower).bytesHeld).toBeGreaterThan(bytesHeld);
    expect(cluster.mesh.counters(leader, follower).bytesPassed).toBeGreaterThan(bytesPassed);
    await client.put('while', 'flapping');
    await cluster.heal();
    await cluster.converged();
    const { cuts } = flapping;
    await client.put('after', 'flapping');
    expect(flapping.cuts).toBe(cuts);
  });
});

describe('links', () => {
  test('slow ones make writes slow', async () => {
    const { leader, others } = await leaderAndOthers();
    for (const other of others) cluster.slow(leader, other, { delayMs: 120, jitterMs: 10 });
    const startedMs = performance.now();
    await client.put('slowly', 'written');
    expect(performance.now() - startedMs).toBeGreaterThan(119);
    expect(cluster.mesh.counters(leader, others[0] ?? '').bytesSlowed).toBeGreaterThan(0);
  });

  test('reset ones are dialled again', async () => {
    const { leader, others } = await leaderAndOthers();
    for (const other of others) {
      const link = cluster.mesh.link(leader, other);
      const { connections, connectionsReset } = link.counters;
      expect(link.reset()).toBeGreaterThan(0);
      expect(link.counters.connectionsReset).toBeGreaterThan(connectionsReset);
      await waitFor('a new dial', () => link.counters.connections > connections, within);
    }
    await client.put('after', 'the reset');
  });

  test('half-open ones are given up and dialled again', async () => {
    const { leader, follower } = await leaderAndOthers();
    const link = cluster.mesh.link(leader, follower);
    const { connections } = link.counters;
    for (const direction of link.directions) direction.set('blackHole');
    await waitFor('lost bytes', () => link.counters.toTarget.bytesLost > 0, within);
    await waitFor('a new dial', () => link.counters.connections > connections, within);
    expect(link.counters.connectionsHeld).toBeGreaterThan(0);
    await client.put('around', 'the hole');
  });
});

describe('clients', () => {
  test('one that is cut off cannot write, while others can', async () => {
    await using cut = await cluster.connect({ clientName: 'cut' });
    await cut.put('before', 'the cut');
    cluster.cutClient('cut');
    await expect(cut.put('during', 'the cut', { timeoutMs: 300 })).rejects.toMatchObject({ code: 'TIMEOUT' });
    await client.put('others', 'write');
    const link = cluster.nodes.map(({ id }) => cluster.clientLink('cut', id).counters);
    expect(link.reduce((sum, { toTarget }) => sum + toTarget.bytesHeld, 0)).toBeGreaterThan(0);
    cluster.healClient('cut');
    await cut.put('after', 'the cut');
  });

  test('one that is cut off from its node goes to another', async () => {
    await using cut = await cluster.connect({ clientName: 'moving' });
    const endpointOf = () => (cut.state.type === 'connected' ? cut.state.endpoint : undefined);
    const endpoints = await cluster.endpointsOf('moving');
    const before = endpointOf() ?? '';
    const node = cluster.nodes[endpoints.indexOf(before)]?.id ?? '';
    cluster.cutClient('moving', [node]);
    await cut.put('from', 'elsewhere');
    expect(endpointOf()).not.toBe(before);
    expect(endpoints).toContain(endpointOf());
  });

  test('that were never made are refused', () => {
    expect(() => cluster.cutClient('nobody')).toThrow('client nobody has no links: ask for its endpoints first');
  });

  test('one whose links were made while a node was down finds it when it is back', async () => {
    await cluster.kill('n1');
    const [endpoint = ''] = await cluster.endpointsOf('late');
    await expect(requestStatus(endpoint, within)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await cluster.start('n1');
    expect((await requestStatus(endpoint, within)).nodeId).toBe('n1');
  });
});

describe('a cluster', () => {
  test('is refused in a size that makes no sense', async () => {
    await expect(TestCluster.start({ nodes: 2 as 3 })).rejects.toThrow('1, 3 or 5 nodes, not 2');
  });

  test('of one node runs with the settings given, without proxies, and leaves nothing behind', async () => {
    const alone = await TestCluster.start({ nodes: 1, proxies: false, settings: { clusterName: 'alone' } });
    expect(existsSync(alone.directory)).toBe(true);
    const own = await alone.connect();
    await own.put('a', 'b');
    expect(() => alone.partition([['n1']])).toThrow('without proxies');
    expect(await readFile(alone.node('n1').logFile, 'utf8')).toContain('cluster alone');
    await Promise.all([alone.close(), alone.close()]);
    await expect(own.get('a')).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(requestStatus(alone.endpoints[0] ?? '', within)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(existsSync(alone.directory)).toBe(false);
  });

  test('in a directory that was given keeps it', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'conclave-kept-'));
    try {
      await using kept = await TestCluster.start({ nodes: 1, directory });
      await kept.close();
      expect(existsSync(join(directory, 'n1.log'))).toBe(true);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test('that cannot start says why, and leaves nothing running', async () => {
    const settings = { heartbeatMs: 1 };
    await expect(TestCluster.start({ nodes: 1, settings })).rejects.toThrow(/heartbeatMs/);
  });
});
