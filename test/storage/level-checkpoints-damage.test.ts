import { cp, readdir, readFile, rm, truncate } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { discardCheckpoints, LevelCheckpoints } from '../../src/storage/level-checkpoints.ts';
import { copyOf, damagedDirectories, expectNothingWrong, filesOf, flip, newer, older } from './checkpoint-damage.ts';
import { contentOf, contents, expected, opened, write } from './checkpoints.ts';
import { storageError } from './journals.ts';

const { withTables, withLog } = damagedDirectories();

const position = fc.nat(1_000_000);
const file = fc.nat(100);
const mask = fc.integer({ min: 1, max: 255 });

describe('files that are damaged give the right bytes, or an error', () => {
  test.each(['log', 'table', 'manifest', 'current'] as const)('when any byte of a %s changes', async (kind) => {
    const directory = kind === 'log' ? await withLog() : await withTables();
    await fc.assert(
      fc.asyncProperty(file, position, mask, async (which, at, bits) => {
        const copy = await copyOf(directory);
        const files = await filesOf(copy, kind);
        await flip(files[which % files.length]!, at, bits);
        await expectNothingWrong(copy);
      }),
      { numRuns: kind === 'table' ? 10 : 4 },
    );
  });

  test.each(['log', 'table', 'manifest'] as const)('when a %s is cut off', async (kind) => {
    const directory = kind === 'log' ? await withLog() : await withTables();
    await fc.assert(
      fc.asyncProperty(file, position, async (which, at) => {
        const copy = await copyOf(directory);
        const files = await filesOf(copy, kind);
        const cut = files[which % files.length]!;
        await truncate(cut, at % ((await readFile(cut)).length + 1));
        await expectNothingWrong(copy);
      }),
      { numRuns: 4 },
    );
  });

  test.each(['log', 'table', 'manifest', 'current'] as const)('when a %s is gone', async (kind) => {
    const directory = kind === 'log' ? await withLog() : await withTables();
    await rm((await filesOf(directory, kind))[0]!);
    if (kind === 'log') return expectNothingWrong(directory);
    const before = await readdir(path.join(directory, 'checkpoint'));
    const error = await storageError(new LevelCheckpoints(directory).open(), 'CHECKPOINT_DAMAGED');
    expect(error.message).toContain(directory);
    // LevelDB would take what has no CURRENT for a new database, and delete what it finds.
    if (kind === 'current') expect(await readdir(path.join(directory, 'checkpoint'))).toEqual(before);
  });

  test('when it keeps LevelDB from writing; then all of it is discarded', async () => {
    const directory = await withTables();
    for (const table of await filesOf(directory, 'table')) {
      if ((await readFile(table)).includes(Buffer.from(older.chunks[1]!.subarray(0, 100)))) await truncate(table, 5000);
    }
    const store = await opened(new LevelCheckpoints(directory));
    expect((await store.list()).map(({ slot }) => slot)).toEqual([2, 1]);
    // The deletion of what is older meets the damage, or LevelDB's merging does, which is told to whoever writes next.
    const writing = async () => {
      for (const slot of [3, 4]) await write(store, contentOf(slot));
    };
    const error = await storageError(writing(), 'CHECKPOINT_DAMAGED');
    expect(error.message).toMatch(/LevelDB has met damage, and refuses to/);
    await expect(store.list()).rejects.toBe(error);
    await storageError(discardCheckpoints(directory), 'DIRECTORY_IN_USE');
    await store.close();
    await discardCheckpoints(directory);
    const anew = await opened(new LevelCheckpoints(directory));
    expect(await anew.list()).toEqual([]);
    await write(anew, newer);
    expect(await contents(anew)).toEqual(expected(newer));
    await anew.close();
  });

  test('when an older copy takes the place of the directory: what was in it', async () => {
    const directory = await withTables();
    const copy = await copyOf(directory);
    const store = await opened(new LevelCheckpoints(directory));
    await write(store, contentOf(3));
    await store.close();
    await rm(directory, { recursive: true });
    await cp(copy, directory, { recursive: true });
    const again = await opened(new LevelCheckpoints(directory));
    expect(await contents(again)).toEqual(expected(newer, older));
    await again.close();
  });
});
