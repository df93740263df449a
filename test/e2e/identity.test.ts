import { cp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, connect } from '../../src/client/index.ts';
import type { ProcessNode } from '../../src/testing/cluster/process-node.ts';
import { TestCluster } from '../../src/testing/cluster/test-cluster.ts';
import { waitFor } from '../../src/testing/cluster/wait-for.ts';

let cluster: TestCluster<ProcessNode>;
let client: Client;

beforeAll(async () => {
  cluster = await TestCluster.start({ mode: 'processes', proxies: false });
  client = await connect({ endpoints: cluster.endpoints });
}, 30_000);

afterAll(async () => {
  await client?.close();
  await cluster?.close();
});

/** Starts a node, sees it end by itself, and returns what it said. */
async function startAndSeeItEnd(node: ProcessNode): Promise<string> {
  const before = (await readFile(node.logFile, 'utf8').catch(() => '')).length;
  await node.start().catch(() => undefined);
  const { code } = await node.exited();
  expect(code).not.toBe(0);
  return (await readFile(node.logFile, 'utf8')).slice(before);
}

async function expectClusterUnharmed(): Promise<void> {
  await client.put('still', 'here');
  expect((await client.get('still'))?.text()).toBe('here');
}

async function restart(node: ProcessNode): Promise<void> {
  await node.start();
  const { revision } = await client.put('written', 'meanwhile');
  await waitFor(`${node.id} to catch up`, async () => ((await node.report())?.revision ?? 0) >= revision, {
    timeoutMs: 10_000,
  });
}

/** Runs `meddle` with n3 stopped and its directory put aside, and puts everything right afterwards. */
async function withForeignDirectory(meddle: (node: ProcessNode, original: string) => Promise<void>): Promise<void> {
  const node = cluster.node('n3');
  await node.kill();
  const original = join(cluster.directory, 'n3-original');
  await cp(node.dataDir, original, { recursive: true });
  try {
    await meddle(node, original);
    await expectClusterUnharmed();
  } finally {
    await node.kill();
    await rm(node.dataDir, { recursive: true, force: true });
    await cp(original, node.dataDir, { recursive: true });
    await rm(original, { recursive: true, force: true });
    await restart(node);
  }
}

describe('a node that is not who it says it is does not vote, and says what to do', () => {
  it('a directory that was rolled back', async () => {
    const node = cluster.node('n3');
    const old = join(cluster.directory, 'n3-old');
    const newest = join(cluster.directory, 'n3-newest');
    await node.kill();
    await cp(node.dataDir, old, { recursive: true });
    await restart(node);
    for (let count = 0; count < 20; count += 1) await client.put('more', String(count));
    await node.kill();
    await rename(node.dataDir, newest);
    await cp(old, node.dataDir, { recursive: true });
    expect(await startAndSeeItEnd(node)).toContain('ROLLED_BACK');
    await expectClusterUnharmed();
    await rm(node.dataDir, { recursive: true });
    await rename(newest, node.dataDir);
    await restart(node);
  }, 30_000);

  it('a directory of another cluster', async () => {
    await using other = await TestCluster.start({ mode: 'processes', proxies: false });
    const foreign = other.node('n3').dataDir;
    await other.node('n3').kill();
    await withForeignDirectory(async (node) => {
      await rm(node.dataDir, { recursive: true });
      await cp(foreign, node.dataDir, { recursive: true });
      expect(await startAndSeeItEnd(node)).toContain('DIFFERENT_INITIAL');
    });
  }, 40_000);

  it('a second node under the same id', async () => {
    const double = await cluster.node('n3').copy(join(cluster.directory, 'double'));
    await double.start();
    const said = async () => (await readFile(double.logFile, 'utf8')).includes('"event":"waits-to-join"');
    await waitFor('the second node to be told', said, { timeoutMs: 10_000 });
    // As long as the first is there, the second is nothing but a process that waits.
    const reported = await waitFor('its report', () => double.report(), { timeoutMs: 10_000 });
    expect(reported.clusterId).toBe('');
    await double.kill();
    await expectClusterUnharmed();
    const first = await waitFor('the report of the first', () => cluster.node('n3').report(), { timeoutMs: 10_000 });
    expect(first.membersSlot).toBe(0);
  }, 30_000);

  it('a wiped directory under an old name, until it is taken in as a new one', async () => {
    const node = cluster.node('n3');
    await node.kill();
    await rm(node.dataDir, { recursive: true });
    await restart(node);
    const isVoter = async () => {
      const report = await (await cluster.leader()).report();
      const own = JSON.parse(await readFile(join(node.dataDir, 'identity.json'), 'utf8'));
      const member = report?.members.find(({ nodeId }) => nodeId === 'n3');
      return member?.standing === 'VOTER' && member.incarnation === own.incarnation;
    };
    await waitFor('n3 to be a voter again', isVoter, { timeoutMs: 20_000 });
    await expectClusterUnharmed();
  }, 30_000);

  it('a second process on the same data directory', async () => {
    const double = await cluster.node('n3').copy(cluster.node('n3').dataDir);
    expect(await startAndSeeItEnd(double)).toContain('DIRECTORY_IN_USE');
    await expectClusterUnharmed();
  }, 30_000);
});
