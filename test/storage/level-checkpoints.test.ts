import { readFileSync } from 'node:fs';
import { cp, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { LevelCheckpoints } from '../../src/storage/level-checkpoints.ts';
import { LevelJournal } from '../../src/storage/level-journal.ts';
import { describeCheckpoints } from './checkpoint-conformance.ts';
import { intercepted } from './checkpoint-crashes.ts';
import { contentOf, contents, digest, expected, manifestOf, opened, readAll, write } from './checkpoints.ts';
import { storageError, temporaryDirectory } from './journals.ts';
import { logOf, mappedTables, replaceOpenFile } from './open-files.ts';
import { noise, slotRecord } from './records.ts';
import { scanned, started } from './started.ts';

describeCheckpoints('LevelCheckpoints', 8, async () => {
  let directory = await temporaryDirectory();
  return {
    store: () => new LevelCheckpoints(directory),
    // What a killed process leaves: all that the kernel has.
    crash: async (store) => {
      const copy = await temporaryDirectory();
      await cp(directory, copy, { recursive: true });
      directory = copy;
      await store.close();
    },
  };
});

const databaseIn = (directory: string) => path.join(directory, 'checkpoint');

test('it lies beside the journal of a node, and neither minds the other', async () => {
  const directory = await temporaryDirectory();
  const alias = path.join(await temporaryDirectory(), 'alias');
  await symlink(directory, alias);
  const journal = await started(new LevelJournal(directory));
  const store = await opened(new LevelCheckpoints(directory));
  await storageError(new LevelCheckpoints(alias).open(), 'DIRECTORY_IN_USE');
  await write(store, contentOf(1));
  await journal.append(slotRecord(1));
  await store.close();
  expect((await readdir(directory)).sort()).toEqual(['checkpoint', 'journal', 'owner.pid', 'witness']);
  const again = await opened(new LevelCheckpoints(directory));
  expect(await contents(again)).toEqual(expected(contentOf(1)));
  await again.close();
  expect(await scanned(journal)).toEqual([slotRecord(1)]);
  await journal.close();
});

test.runIf(process.platform === 'linux')(
  'what was mapped to be verified is let go, unless somebody reads',
  async () => {
    const directory = await temporaryDirectory();
    const store = await opened(new LevelCheckpoints(directory));
    const content = contentOf(1, 8, 300_000);
    await write(store, content);
    const reader = store.read(1);
    const read = [(await reader.next()).value];
    await Promise.all([store.verify(1), store.verify(1)]);
    expect(mappedTables(databaseIn(directory))).toBeGreaterThan(0);
    for await (const chunk of reader) read.push(chunk);
    expect(read.map((chunk) => digest(chunk as Uint8Array))).toEqual(content.chunks.map(digest));
    const [, ...others] = await Promise.all([
      store.verify(1),
      store.verify(1),
      write(store, contentOf(2)),
      readAll(store, 1),
      store.readChunk(1, 3),
    ]);
    expect(others).toHaveLength(4);
    await store.verify(1);
    expect(mappedTables(databaseIn(directory))).toBe(0);
    expect(await contents(store)).toEqual(expected(contentOf(2), content));
    await store.close();
  },
);

test('a place that is a file is refused', async () => {
  const directory = path.join(await temporaryDirectory(), 'data');
  await mkdir(directory);
  await writeFile(databaseIn(directory), 'a file');
  await storageError(new LevelCheckpoints(directory).open(), 'NOT_A_DIRECTORY');
});

test.runIf(process.platform === 'linux')('a full disk fails the write, and everything after it', async () => {
  const directory = await temporaryDirectory();
  const store = await opened(new LevelCheckpoints(directory));
  await write(store, contentOf(1));
  const writer = store.begin(2);
  await writer.append(noise(1, 100));
  replaceOpenFile(await logOf(databaseIn(directory)), '/dev/full');
  const error = await storageError(writer.append(noise(2, 100)), 'DISK_FULL');
  expect(error.message).toMatch(/write chunk 1 of the checkpoint of slot 2/);
  await expect(writer.abandon()).rejects.toBe(error);
  await expect(store.verify(1)).rejects.toBe(error);
  await expect(store.remove(1)).rejects.toBe(error);
  await store.close();
  const again = await opened(new LevelCheckpoints(directory));
  expect(await contents(again)).toEqual(expected(contentOf(1)));
  await write(again, contentOf(2));
  expect(await contents(again)).toEqual(expected(contentOf(2), contentOf(1)));
  await again.close();
});

test.runIf(process.platform === 'linux')('a failed fsync of the manifest fails the whole', async () => {
  const directory = await temporaryDirectory();
  const store = await opened(new LevelCheckpoints(directory));
  const error = await storageError(
    intercepted(
      async (step, proceed) => {
        // It takes every write, and cannot be synced.
        if (step.name.startsWith('put manifest')) replaceOpenFile(await logOf(databaseIn(directory)), '/dev/null');
        return proceed();
      },
      () => write(store, contentOf(1)),
    ),
    'IO_ERROR',
  );
  expect(error.message).toMatch(/finish the checkpoint of slot 1/);
  await expect(store.list()).rejects.toBe(error);
  await store.close();
});

test('a database that is gone from under it fails the whole, though LevelDB keeps its failure to itself', async () => {
  const directory = await temporaryDirectory();
  const store = await opened(new LevelCheckpoints(directory));
  const writer = store.begin(1);
  await writer.append(noise(1, 100));
  await rm(databaseIn(directory), { recursive: true });
  await storageError(writer.finish(manifestOf({ slot: 1, chunks: [noise(1, 100)] })), 'IO_ERROR');
  await store.close();
});

test.runIf(process.platform === 'linux')('a chunk is written twice, and never again', async () => {
  const writtenBytes = () => Number(/wchar: (\d+)/.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);
  const store = await opened(new LevelCheckpoints(await temporaryDirectory()));
  const before = writtenBytes();
  let bytes = 0;
  for (let slot = 1; slot <= 5; slot++) {
    const content = contentOf(slot, 12, 128 * 1024);
    await write(store, content);
    bytes += manifestOf(content).bytes;
  }
  expect(writtenBytes() - before).toBeLessThan(2.2 * bytes);
  await store.close();
});
