import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Client, connect } from '../../src/client/index.ts';
import type { RunningNode } from '../../src/server/index.ts';
import { isManifestKey } from '../../src/storage/checkpoint-key.ts';
import { LevelCheckpoints } from '../../src/storage/level-checkpoints.ts';
import { filesOf, flip, inDatabase } from '../storage/checkpoint-damage.ts';
import { opened } from '../storage/checkpoints.ts';
import { noise } from '../storage/records.ts';
import { NodesInProcess } from './nodes.ts';

const valueBytes = 256 * 1024;
const settings = { checkpointJournalMib: 1 };

let nodes: NodesInProcess;
const clients: Client[] = [];

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await nodes.dispose();
});

async function clientOf(...ids: readonly string[]): Promise<Client> {
  const client = await connect({ endpoints: ids.map((id) => nodes.config(id).listen) });
  clients.push(client);
  return client;
}

const keyOf = (index: number) => `value/${String(index).padStart(4, '0')}`;
const contentAt = (index: number) => noise(index, valueBytes);

/** From that index on, until the condition holds; returns the next index. */
async function writeUntil(client: Client, from: number, condition: () => boolean): Promise<number> {
  let index = from;
  while (!condition()) {
    await client.put(keyOf(index), contentAt(index));
    index += 1;
  }
  return index;
}

const checkpointSlot = (node: RunningNode) => node.report().checkpointSlot;

/** So many more checkpoints of all of these. */
function checkpointsOf(count: number, running: readonly RunningNode[]): () => boolean {
  const seen = running.map((node) => new Set([checkpointSlot(node)]));
  return () => running.every((node, index) => (seen[index]?.add(checkpointSlot(node)).size ?? 0) > count);
}

async function expectAll(client: Client, count: number): Promise<void> {
  for (let index = 0; index < count; index++) {
    const entry = await client.get(keyOf(index));
    expect(Buffer.compare(entry?.value ?? Buffer.alloc(0), contentAt(index))).toBe(0);
  }
}

describe('one node', () => {
  beforeEach(async () => {
    nodes = await NodesInProcess.prepare(1, settings);
  });

  /** With two checkpoints, and a journal that was trimmed by the older one; how many values were written. */
  async function filled(): Promise<number> {
    const node = await nodes.start('n1');
    const client = await clientOf('n1');
    const count = await writeUntil(client, 0, checkpointsOf(2, [node]));
    await client.close();
    await nodes.stop('n1');
    return count;
  }

  async function restarted() {
    const from = nodes.log.length;
    await nodes.start('n1');
    const events = nodes.log.slice(from);
    const restored = events.find(({ event }) => event === 'restored');
    const damage = events.filter(({ event }) => event === 'checkpoint-damaged').map(({ msg }) => String(msg));
    return { restored, damage };
  }

  test('writes checkpoints, trims its journal by them, and starts from the newest with all its data', async () => {
    const count = await filled();
    const kept = await slotsOf(nodes.config('n1').dataDir);
    expect(kept).toHaveLength(2);
    const { restored, damage } = await restarted();
    expect(restored).toMatchObject({ checkpointSlot: kept[0] });
    expect(Number(restored?.['records'])).toBeLessThan(count);
    expect(damage).toEqual([]);
    await expectAll(await clientOf('n1'), count);
    expect(await metricOf('n1', 'conclave_checkpoint_slot')).toBeGreaterThanOrEqual(kept[0] ?? 0);
  });

  test('does not start without a state that nobody else has, and holds nothing open then', async () => {
    await nodes.start('n1');
    await nodes.stop('n1');
    await rm(path.join(nodes.config('n1').dataDir, 'checkpoint', 'CURRENT'));
    for (const _ of ['once', 'again']) {
      await expect(nodes.start('n1')).rejects.toMatchObject({ code: 'CHECKPOINT_DAMAGED' });
    }
  });

  test('does not start if none of its checkpoints is whole, and deletes none', async () => {
    await filled();
    const { dataDir } = nodes.config('n1');
    await spoilAll(dataDir);
    const kept = await slotsOf(dataDir);
    for (const _ of ['once', 'again']) {
      await expect(nodes.start('n1')).rejects.toMatchObject({ code: 'CHECKPOINT_DAMAGED' });
    }
    expect(await slotsOf(dataDir)).toEqual(kept);
  });

  test('founds no new cluster on a state whose journal is gone', async () => {
    await filled();
    const { dataDir } = nodes.config('n1');
    const kept = await slotsOf(dataDir);
    for (const part of ['journal', 'witness']) await rm(path.join(dataDir, part), { recursive: true });
    for (const _ of ['once', 'again']) {
      await expect(nodes.start('n1')).rejects.toMatchObject({ code: 'JOURNAL_DAMAGED' });
    }
    expect(await slotsOf(dataDir)).toEqual(kept);
  });

  test('starts from the older one and its journal if the newest is damaged', async () => {
    const count = await filled();
    const [newest, older] = await spoilNewest(nodes.config('n1').dataDir);
    const { restored, damage } = await restarted();
    expect(restored).toMatchObject({ checkpointSlot: older });
    expect(damage).toEqual([expect.stringContaining(`the checkpoint of slot ${newest} is dropped`)]);
    await expectAll(await clientOf('n1'), count);
  });
});

/** A byte of every chunk. */
async function spoilAll(dataDir: string): Promise<void> {
  await inDatabase(dataDir, async (database) => {
    for (const [key, value] of await database.iterator().all()) {
      if (isManifestKey(key)) continue;
      const middle = value.length >> 1;
      value[middle] = (value[middle] ?? 0) ^ 1;
      await database.put(key, value);
    }
  });
}

async function slotsOf(dataDir: string): Promise<readonly number[]> {
  const store = await opened(new LevelCheckpoints(dataDir));
  const slots = (await store.list()).map(({ slot }) => slot);
  await store.close();
  return slots;
}

/** In the value that was written last of those in it, which no older one has. Returns the slots of both. */
async function spoilNewest(dataDir: string): Promise<readonly number[]> {
  const slots = await slotsOf(dataDir);
  const store = await opened(new LevelCheckpoints(dataDir));
  let needle = Buffer.alloc(0);
  for await (const chunk of store.read(slots[0] ?? 0)) {
    if (chunk.length > valueBytes / 2) needle = Buffer.from(chunk.subarray(valueBytes / 4, valueBytes / 2));
  }
  await store.close();
  let found = 0;
  for (const file of [...(await filesOf(dataDir, 'table')), ...(await filesOf(dataDir, 'log'))]) {
    const at = (await readFile(file)).indexOf(needle);
    if (at < 0) continue;
    await flip(file, at, 1);
    found += 1;
  }
  expect(found).toBeGreaterThan(0);
  return slots;
}

test('a node that was away for longer than the journals of the others reach is sent their state', async () => {
  nodes = await NodesInProcess.prepare(3, settings);
  await nodes.startAll();
  const leader = await nodes.leader();
  const away = leader.id === 'n3' ? 'n2' : 'n3';
  const others = ['n1', 'n2', 'n3'].filter((id) => id !== away);
  const client = await clientOf(...others);
  const watching = await clientOf(away);
  await using watch = await watching.watch({ prefix: 'value/' });
  const seen: string[] = [];
  const loop = (async () => {
    for await (const batch of watch) for (const event of batch.events) seen.push(event.key);
  })();

  await nodes.stop(away);
  const count = await writeUntil(client, 0, checkpointsOf(2, [...nodes.running.values()]));
  // What they have in memory would do.
  await nodes.stopAll();
  await nodes.startAll();
  await nodes.leader();
  await client.put('last', 'yes');
  await vi.waitFor(
    () => {
      const reports = [...nodes.running.values()].map((node) => node.report());
      expect(new Set(reports.map(({ appliedSlot }) => appliedSlot)).size).toBe(1);
      expect(new Set(reports.map(({ stateHash }) => stateHash)).size).toBe(1);
    },
    { timeout: 10_000 },
  );
  expect(await metricOf(away, 'conclave_checkpoint_chunks_received_total')).toBeGreaterThan(1);
  expect(nodes.running.get(away)?.report().checkpointSlot).toBeGreaterThan(0);

  await vi.waitFor(() => expect(seen).toHaveLength(count), { timeout: 10_000 });
  expect(seen).toEqual(Array.from({ length: count }, (_, index) => keyOf(index)));
  await watch[Symbol.asyncDispose]();
  await loop;
});

async function metricOf(id: string, name: string): Promise<number> {
  const text = await (await fetch(`http://${nodes.running.get(id)?.httpAddress}/metrics`)).text();
  return Number(new RegExp(`^${name}\\{[^}]*\\} (\\S+)$`, 'm').exec(text)?.[1]);
}
