import { cp, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { connect } from '../../src/client/index.ts';
import { openIdentity } from '../../src/storage/identity.ts';
import type { NodeId } from '../../src/wire/identifiers.ts';
import { World } from '../cli/fake-context.ts';
import { backupFile } from '../cli/snapshot/snapshots.ts';
import { NodesInProcess } from './nodes.ts';

let nodes: NodesInProcess;

const readIdentityOf = (dataDir: string) => openIdentity(dataDir, 'n3' as NodeId);

afterEach(() => nodes?.dispose());

/** Directories of this many members, not started; `options` of those for which it is called. */
async function prepared(size: number, more = {}): Promise<(id: string, ...options: string[]) => Promise<string>> {
  nodes = await NodesInProcess.prepare(size, more);
  const file = await backupFile(nodes.directory);
  return async (id, ...options) => {
    const world = new World();
    const { dataDir } = nodes.config(id);
    const words = ['snapshot', 'restore', file, '--data', dataDir, '--node', id, ...options, '--json'];
    expect([await world.run(...words), world.stderr.text]).toEqual([0, '']);
    return String(JSON.parse(world.stdout.text).revision);
  };
}

async function restoredAlike(size: number, more = {}): Promise<number> {
  const restore = await prepared(size, more);
  const revision = await restore('n1');
  for (const { id } of nodes.configs.slice(1)) await restore(id, '--revision', revision);
  return Number(revision);
}

async function expectServing(revision: number): Promise<void> {
  await nodes.leader();
  await using client = await connect({ endpoints: [...nodes.running.values()].map(({ address }) => address) });
  expect((await client.get('a'))?.text()).toBe('one');
  expect((await client.get('a'))?.createRevision).toBeLessThan(100);
  expect(await client.get('mine')).toBeUndefined();
  expect((await client.put('c', '1')).revision).toBeGreaterThan(revision);
}

/** With which codes nodes halt until one has, and why. */
async function haltOf(...ids: string[]): Promise<{ readonly code: string; readonly reason: string }> {
  const halting = ids.map((id) => nodes.running.get(id)?.halted ?? Promise.reject(new Error(`${id} is down`)));
  return await Promise.race(halting);
}

describe('restored members', () => {
  test('are a new cluster, and stay one through restarts', async () => {
    const revision = await restoredAlike(3);
    await nodes.startAll();
    await expectServing(revision);
    const { clusterId } = nodes.running.get('n1')?.report() ?? {};
    expect(clusterId).toMatch(/^[0-9a-f-]{36}$/);
    await nodes.stopAll();
    await nodes.startAll();
    await expectServing(revision);
    expect(nodes.running.get('n3')?.report().clusterId).toBe(clusterId);
  }, 60_000);

  test('alone is one, too', async () => {
    const revision = await restoredAlike(1);
    await nodes.startAll();
    await expectServing(revision);
    await nodes.stop('n1');
    await nodes.start('n1');
    await expectServing(revision);
  }, 30_000);

  test('go on when one has lost the state before it started, or after: the others send it', async () => {
    const revision = await restoredAlike(3);
    await rm(path.join(nodes.config('n1').dataDir, 'checkpoint'), { recursive: true });
    await nodes.startAll();
    await expectServing(revision);
    const hashOf = (id: string) => nodes.running.get(id)?.report();
    await vi.waitFor(() => expect(hashOf('n1')?.stateHash).toBe(hashOf('n2')?.stateHash), { timeout: 10_000 });
    await nodes.stop('n3');
    await rm(path.join(nodes.config('n3').dataDir, 'checkpoint'), { recursive: true });
    await nodes.start('n3');
    await vi.waitFor(() => expect(hashOf('n3')?.stateHash).toBe(hashOf('n2')?.stateHash), { timeout: 10_000 });
    expect(hashOf('n3')?.revision).toBeGreaterThan(revision);
  }, 60_000);

  test('write checkpoints of their own, and give up their journals below', async () => {
    const revision = await restoredAlike(3, { checkpointJournalMib: '1' });
    await nodes.startAll();
    await nodes.leader();
    {
      await using client = await connect({ endpoints: [...nodes.running.values()].map(({ address }) => address) });
      for (let index = 0; index < 40; index++) await client.put(`large/${index % 4}`, 'x'.repeat(200_000));
    }
    await vi.waitFor(() => expect(nodes.running.get('n2')?.report().checkpointSlot).toBeGreaterThan(1), {
      timeout: 10_000,
    });
    await nodes.stopAll();
    await nodes.startAll();
    await expectServing(revision);
  }, 60_000);
});

describe('members that do not belong together refuse each other, and say why', () => {
  test('restored to other revisions', async () => {
    const restore = await prepared(3);
    const revision = await restore('n1');
    await restore('n2', '--revision', revision);
    await restore('n3', '--revision', String(Number(revision) + 1));
    await nodes.startAll();
    const halt = await haltOf('n1', 'n2', 'n3');
    expect(halt.code).toBe('DIFFERENT_ORIGIN');
    expect(halt.reason).toMatch(
      /begins with the restored state [0-9a-f]{16}, this node with the restored state [0-9a-f]{16}/,
    );
    for (const node of nodes.running.values()) expect(node.report().clusterId).toBe('');
  }, 30_000);

  test('restored with another raise of counters', async () => {
    const restore = await prepared(3);
    const revision = await restore('n1');
    await restore('n2', '--revision', revision);
    await restore('n3', '--revision', revision, '--raise-counters', '1');
    await nodes.startAll();
    expect((await haltOf('n1', 'n2', 'n3')).code).toBe('DIFFERENT_ORIGIN');
  }, 30_000);

  test('one that begins empty beside restored ones', async () => {
    const restore = await prepared(3);
    const revision = await restore('n2');
    await restore('n3', '--revision', revision);
    await nodes.startAll();
    const halt = await haltOf('n1', 'n2', 'n3');
    expect(halt.code).toBe('DIFFERENT_ORIGIN');
    expect(halt.reason).toContain('an empty state');
  }, 30_000);

  test('one of the old cluster beside restored ones', async () => {
    const restore = await prepared(3);
    await nodes.startAll();
    await nodes.leader();
    await nodes.stopAll();
    for (const id of ['n1', 'n2']) await rm(nodes.config(id).dataDir, { recursive: true });
    const revision = await restore('n1');
    await restore('n2', '--revision', revision);
    await nodes.startAll();
    const [first, second] = await Promise.all([haltOf('n1'), haltOf('n2')]);
    expect([first.code, second.code]).toEqual(['DIFFERENT_ORIGIN', 'DIFFERENT_ORIGIN']);
    expect(nodes.running.get('n1')?.report().clusterId).toBe('');
  }, 60_000);

  test('one of the old cluster beside a new one that serves', async () => {
    const restore = await prepared(3);
    await nodes.startAll();
    await nodes.leader();
    await nodes.stopAll();
    const old = path.join(nodes.directory, 'old-n3');
    await cp(nodes.config('n3').dataDir, old, { recursive: true });
    for (const { dataDir } of nodes.configs) await rm(dataDir, { recursive: true });
    const revision = await restore('n1');
    for (const id of ['n2', 'n3']) await restore(id, '--revision', revision);
    await nodes.startAll();
    await expectServing(Number(revision));
    const newId = nodes.running.get('n1')?.report().clusterId;
    await nodes.stop('n3');
    const stranger = await nodes.start('n3', { dataDir: old });
    // It hears nobody that it knows, and asks in vain to lead.
    await vi.waitFor(() => expect(stranger.report().state).toBe('candidate'), { timeout: 10_000 });
    await using client = await connect({ endpoints: [nodes.config('n1').listen, nodes.config('n2').listen] });
    expect((await client.put('d', '1')).revision).toBeGreaterThan(Number(revision));
    expect(stranger.report()).toMatchObject({ leaderId: '', clusterId: expect.not.stringMatching(String(newId)) });
    expect(stranger.report().revision).toBeLessThan(Number(revision));
  }, 60_000);

  test('but one that was restored once more, to the same, is taken in anew', async () => {
    const revision = await restoredAlike(3);
    await nodes.startAll();
    await nodes.leader();
    await nodes.stop('n3');
    const { dataDir } = nodes.config('n3');
    await rm(dataDir, { recursive: true });
    const file = await backupFile(nodes.directory);
    const world = new World();
    const words = ['snapshot', 'restore', file, '--data', dataDir, '--node', 'n3', '--revision', String(revision)];
    expect(await world.run(...words)).toBe(0);
    const { incarnation } = await readIdentityOf(dataDir);
    await nodes.start('n3');
    const memberOf = (id: string) =>
      nodes.running
        .get(id)
        ?.report()
        .members.find(({ nodeId }) => nodeId === 'n3');
    await vi.waitFor(() => expect(memberOf('n3')).toMatchObject({ incarnation, standing: 'VOTER' }), {
      timeout: 30_000,
    });
  }, 60_000);
});
