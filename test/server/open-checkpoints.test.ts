import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { openCheckpoints, replaceCheckpoints } from '../../src/server/open-checkpoints.ts';
import { HandedBytes } from '../../src/storage/handed-bytes.ts';
import { LevelCheckpoints } from '../../src/storage/level-checkpoints.ts';
import type { CheckpointStore } from '../../src/storage/ports.ts';
import { contentOf, opened, write } from '../storage/checkpoints.ts';
import { storageError, temporaryDirectory } from '../storage/journals.ts';

const stores: CheckpointStore[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});

/** A data directory whose checkpoints LevelDB cannot open. */
async function ruined(): Promise<string> {
  const directory = await temporaryDirectory();
  const store = await opened(new LevelCheckpoints(directory));
  await write(store, contentOf(1));
  await store.close();
  await rm(path.join(directory, 'checkpoint', 'CURRENT'));
  return directory;
}

test('checkpoints of which nothing can be made are deleted, with a word, for others have that state', async () => {
  const told: string[] = [];
  const store = await openCheckpoints(await ruined(), {
    isAlone: async () => false,
    handed: new HandedBytes(),
    onDamage: (text) => told.push(text),
  });
  stores.push(store);
  expect(await store.list()).toEqual([]);
  expect(told).toEqual([expect.stringMatching(/^all checkpoints are dropped: /)]);
});

test('but not those of a lone node', async () => {
  const directory = await ruined();
  const files = await readdir(path.join(directory, 'checkpoint'));
  const told: string[] = [];
  const opening = openCheckpoints(directory, {
    isAlone: async () => true,
    handed: new HandedBytes(),
    onDamage: (text) => told.push(text),
  });
  await storageError(opening, 'CHECKPOINT_DAMAGED');
  expect(await readdir(path.join(directory, 'checkpoint'))).toEqual(files);
  expect(told).toEqual([]);
});

test('an empty store takes the place of one that is not written any more', async () => {
  const directory = await temporaryDirectory();
  const damaged = await opened(new LevelCheckpoints(directory));
  await write(damaged, contentOf(1));
  const handed = new HandedBytes();
  const store = await replaceCheckpoints(directory, damaged, handed);
  stores.push(store);
  await write(store, contentOf(2));
  expect((await store.list()).map(({ slot }) => slot)).toEqual([2]);
  const bytes = contentOf(2).chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  expect(handed.checkpoints).toBeGreaterThan(bytes);
  expect(handed.checkpoints).toBeLessThan(bytes + 1_000);
});
