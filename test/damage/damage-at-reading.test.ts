import { open, readFile, rm } from 'node:fs/promises';
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

/** One byte of each value that is found there, in place, as bits rot while LevelDB has the file mapped into memory. */
async function damageValues(file: string, values: readonly Uint8Array[]): Promise<number> {
  const content = await readFile(file);
  const positions = values
    .map((value) => content.indexOf(value.subarray(value.length / 2, value.length / 2 + 20)))
    .filter((position) => position >= 0);
  const handle = await open(file, 'r+');
  for (const at of positions) await handle.write(Uint8Array.of(content.readUInt8(at) ^ 1), 0, 1, at);
  await handle.close();
  return positions.length;
}

test('a checkpoint that was damaged while its node runs is told of when it is read, and never sent', async () => {
  nodes = await NodesInProcess.prepare(3, { checkpointJournalMib: 1 });
  await nodes.startAll();
  client = await connect({ endpoints: nodes.configs.map(({ listen }) => listen) });
  const haveCheckpoints = (): boolean => [...nodes.running.values()].every((node) => node.report().checkpointSlot > 60);
  const values: Uint8Array[] = [];
  while (!haveCheckpoints()) {
    const value = noise(values.length, 100_000);
    await client.put(`key/${values.length % 8}`, value);
    values.push(value);
  }

  await nodes.stop('n3');
  await rm(path.join(nodes.config('n3').dataDir, 'checkpoint'), { recursive: true });
  // Both of them: whose offer comes first is the one that is taken.
  for (const { dataDir } of [nodes.config('n1'), nodes.config('n2')]) {
    const damaged = await Promise.all((await filesOf(dataDir, 'table')).map((table) => damageValues(table, values)));
    expect(Math.max(...damaged)).toBeGreaterThan(0);
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
