import { open, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { type Client, connect } from '../../src/client/index.ts';
import { NodesInProcess } from '../server/nodes.ts';
import { filesOf } from '../storage/checkpoint-damage.ts';
import { noise } from '../storage/records.ts';

let nodes: NodesInProcess;
let client: Client;

afterEach(async () => {
  await client.close();
  await nodes.dispose();
});

/** In place, as bits rot while LevelDB has the file mapped into memory. */
async function flipBytes(file: string, everyBytes: number): Promise<void> {
  const { size } = await stat(file);
  const handle = await open(file, 'r+');
  try {
    for (let at = everyBytes; at < size; at += everyBytes) {
      const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, at);
      await handle.write(Uint8Array.of((buffer[0] ?? 0) ^ 1), 0, 1, at);
    }
  } finally {
    await handle.close();
  }
}

test('a checkpoint that was damaged while its node runs is told of when it is read, and never sent', async () => {
  nodes = await NodesInProcess.prepare(3, { checkpointJournalMib: 1 });
  await nodes.startAll();
  client = await connect({ endpoints: nodes.configs.map(({ listen }) => listen) });
  const haveCheckpoints = (): boolean => [...nodes.running.values()].every((node) => node.report().checkpointSlot > 60);
  for (let index = 0; !haveCheckpoints(); index++) await client.put(`key/${index % 8}`, noise(index, 100_000));

  await nodes.stop('n3');
  await rm(path.join(nodes.config('n3').dataDir, 'checkpoint'), { recursive: true });
  // Both of them: whose offer comes first is the one that is taken.
  for (const { dataDir } of [nodes.config('n1'), nodes.config('n2')]) {
    for (const table of await filesOf(dataDir, 'table')) await flipBytes(table, 50_000);
  }
  const leader = await nodes.leader();
  await nodes.start('n3');

  await vi.waitFor(
    () => {
      const reports = [...nodes.running.values()].map((node) => node.report());
      expect(new Set(reports.map(({ stateHash }) => stateHash)).size).toBe(1);
      expect(reports.map(({ appliedSlot }) => appliedSlot)).toEqual(reports.map(() => leader.report().appliedSlot));
    },
    { timeout: 20_000 },
  );
  const told = nodes.log.filter(({ event }) => event === 'checkpoint-damaged');
  expect(told.map(({ msg }) => String(msg))).toEqual(
    expect.arrayContaining([expect.stringMatching(/is dropped: .*chunk \d+ of the checkpoint of slot \d+/)]),
  );
  expect(nodes.log.filter(({ event }) => event === 'halted')).toEqual([]);
  expect(told.filter(({ node }) => node === 'n3')).toEqual([]);
}, 60_000);
