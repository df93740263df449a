import { chmod, cp, lstat, readdir, readFile, realpath, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Level } from 'level';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { LevelCheckpoints } from '../../src/storage/level-checkpoints.ts';
import { LevelJournal } from '../../src/storage/level-journal.ts';
import { ReadOnlyCopy } from '../../src/storage/read-only-copy.ts';
import { claimedCrc, encodeRecord } from '../../src/storage/record-codec.ts';
import { recordKey } from '../../src/storage/record-key.ts';
import { asAnyUser } from './any-user.ts';
import { contentOf, contents, expected, opened, write } from './checkpoints.ts';
import { snapshotOf } from './directory-snapshot.ts';
import { appendAll, filled, storageError, temporaryDirectory } from './journals.ts';
import { slotRecord, slotRecords } from './records.ts';
import { scanned, started } from './started.ts';

const records = slotRecords(30, 3000);
const [older, newer] = [contentOf(10), contentOf(20)];

let temporary: string;

beforeEach(async () => {
  temporary = await temporaryDirectory();
  await chmod(temporary, 0o777);
  vi.stubEnv('TMPDIR', temporary);
});

afterEach(() => {
  vi.unstubAllEnvs();
});

/** With records in tables, and as many in a log; and with two checkpoints. */
async function dataDirectory(): Promise<string> {
  vi.unstubAllEnvs();
  const directory = await temporaryDirectory();
  vi.stubEnv('TMPDIR', temporary);
  await filled(new LevelJournal(directory), records.slice(0, 15));
  await filled(new LevelJournal(directory), records.slice(15));
  const store = await opened(new LevelCheckpoints(directory));
  await write(store, older);
  await write(store, newer);
  await store.close();
  return await realpath(directory);
}

/** A journal in many tables and a log, as one has it after many megabytes. */
async function fillManyTables(directory: string): Promise<void> {
  const location = path.join(directory, 'journal');
  const database = new Level<Uint8Array, Uint8Array>(location, {
    keyEncoding: 'view',
    valueEncoding: 'view',
    writeBufferSize: 64 * 1024,
  });
  let previousCrc = 0;
  for (const record of slotRecords(100, 3000)) {
    const frame = encodeRecord(record, previousCrc);
    await database.put(recordKey(record.sequence), frame);
    previousCrc = claimedCrc(frame);
  }
  await database.close();
}

async function copyOf(directory: string): Promise<ReadOnlyCopy> {
  const copy = await ReadOnlyCopy.make(directory);
  expect([await copy.addFile('witness'), await copy.addDatabase('journal')]).toEqual([true, true]);
  expect(await copy.addDatabase('checkpoint')).toBe(true);
  return copy;
}

/** Opens both databases of the copy and reads all of them; what is damaged there is told. */
async function readAllOf(copy: ReadOnlyCopy) {
  const journal = new LevelJournal(copy.directory);
  await journal.open();
  const found = await scanned(journal);
  await journal.close();
  const store = await opened(new LevelCheckpoints(copy.directory));
  const checkpoints = await contents(store);
  await store.close();
  return { records: found, checkpoints };
}

const whole = { records, checkpoints: expected(newer, older) };

describe('the copy of a data directory', () => {
  test('has all that is in it, which stays as it is, byte for byte', async () => {
    const directory = await dataDirectory();
    expect((await readdir(path.join(directory, 'journal'))).sort()).toEqual(
      expect.arrayContaining([expect.stringMatching(/ldb$/), expect.stringMatching(/log$/)]),
    );
    const before = await snapshotOf(directory);
    const copy = await copyOf(directory);
    expect(await readAllOf(copy)).toEqual(whole);
    await copy.verifyUnchanged();
    await copy.remove();
    await copy.remove();
    expect(await snapshotOf(directory)).toEqual(before);
    expect(await readdir(temporary)).toEqual([]);
  });

  test('takes no room for tables, and none of what only LevelDB is concerned with', async () => {
    const directory = await dataDirectory();
    const copy = await copyOf(directory);
    const names = await readdir(path.join(copy.directory, 'checkpoint'));
    expect(names).toContain('CURRENT');
    expect(names).not.toContain('LOCK');
    expect(names).not.toContain('LOG');
    const tables = names.filter((name) => /^\d+\.(?:ldb|sst)$/.test(name));
    expect(tables.length).toBeGreaterThan(0);
    for (const name of tables) {
      expect((await lstat(path.join(copy.directory, 'checkpoint', name))).isSymbolicLink()).toBe(true);
    }
    await copy.remove();
  });

  test('may be written to, merged and emptied', async () => {
    const directory = await dataDirectory();
    const before = await snapshotOf(directory);
    const copy = await copyOf(directory);
    const journal = await started(new LevelJournal(copy.directory));
    await appendAll(journal, [slotRecord(31, 3000)]);
    await journal.close();
    const store = await opened(new LevelCheckpoints(copy.directory));
    await write(store, contentOf(30));
    await store.remove(20);
    await store.close();
    await copy.remove();
    expect(await snapshotOf(directory)).toEqual(before);
  });

  test('can be made of a directory in which nothing may be written', async () => {
    const directory = await dataDirectory();
    for (const name of ['.', ...(await readdir(directory, { recursive: true }))]) {
      const file = path.join(directory, name);
      await chmod(file, (await lstat(file)).isDirectory() ? 0o555 : 0o444);
    }
    const before = await snapshotOf(directory);
    const found = await asAnyUser(async () => {
      await expect(writeFile(path.join(directory, 'journal', 'x'), '')).rejects.toMatchObject({ code: 'EACCES' });
      const copy = await copyOf(directory);
      try {
        return await readAllOf(copy);
      } finally {
        await copy.remove();
      }
    });
    expect(found).toEqual(whole);
    expect(await snapshotOf(directory)).toEqual(before);
  });
});

describe('of a damaged directory, too, LevelDB writes nothing to the original', () => {
  // With the last entries of its MANIFEST lost, it gives numbers to new tables that others have already.
  test('when the MANIFEST was cut off anywhere', async () => {
    vi.unstubAllEnvs();
    const directory = await realpath(await temporaryDirectory());
    vi.stubEnv('TMPDIR', temporary);
    await fillManyTables(directory);
    const names = await readdir(path.join(directory, 'journal'));
    const manifest = path.join(directory, 'journal', names.find((name) => name.startsWith('MANIFEST')) ?? '');
    const { length } = await readFile(manifest);
    for (let left = length - 1; left >= 0; left -= Math.ceil(length / 20)) {
      await truncate(manifest, left);
      const before = await snapshotOf(directory);
      const copy = await ReadOnlyCopy.make(directory);
      await copy.addDatabase('journal');
      await storageError(started(new LevelJournal(copy.directory)), 'JOURNAL_DAMAGED');
      await copy.remove();
      expect(await snapshotOf(directory)).toEqual(before);
    }
  });

  test('when a table is gone, or CURRENT, and the message names what is there', async () => {
    const directory = await dataDirectory();
    const names = await readdir(path.join(directory, 'journal'));
    const table = names.find((name) => name.endsWith('.ldb')) ?? '';
    await cp(path.join(directory, 'journal', table), path.join(temporary, table));
    await rm(path.join(directory, 'journal', table));
    const copy = await copyOf(directory);
    const withoutTable = await storageError(new LevelJournal(copy.directory).open(), 'JOURNAL_DAMAGED');
    expect(copy.originalText(withoutTable.message)).toContain(`${directory}/journal/${table}`);
    expect(copy.originalText(withoutTable.message)).not.toContain(temporary);
    await copy.remove();

    await cp(path.join(temporary, table), path.join(directory, 'journal', table));
    for (const name of names) if (!name.endsWith('.ldb')) await rm(path.join(directory, 'journal', name));
    const before = await snapshotOf(directory);
    const another = await copyOf(directory);
    const withoutCurrent = await storageError(new LevelJournal(another.directory).open(), 'JOURNAL_DAMAGED');
    expect(another.originalText(withoutCurrent.message)).toContain(
      `${table} is there but LevelDB's file CURRENT is missing`,
    );
    await another.remove();
    expect(await snapshotOf(directory)).toEqual(before);
  });
});

describe('a node that is started meanwhile is noticed', () => {
  test.each([
    ['it appends', async (directory: string) => filled(new LevelJournal(directory), [slotRecord(31, 3000)])],
    ['it only opens a database', async (directory: string) => (await opened(new LevelCheckpoints(directory))).close()],
  ])('when %s', async (_, change) => {
    const directory = await dataDirectory();
    const copy = await copyOf(directory);
    await copy.verifyUnchanged();
    await change(directory);
    const error = await storageError(copy.verifyUnchanged(), 'DIRECTORY_IN_USE');
    expect(error.message).toContain(directory);
    await copy.remove();
  });

  test('when it makes what was not there', async () => {
    vi.unstubAllEnvs();
    const directory = await realpath(await temporaryDirectory());
    vi.stubEnv('TMPDIR', temporary);
    const copy = await ReadOnlyCopy.make(directory);
    expect([await copy.addDatabase('journal'), await copy.addFile('witness')]).toEqual([false, false]);
    await copy.verifyUnchanged();
    await filled(new LevelJournal(directory), []);
    await storageError(copy.verifyUnchanged(), 'DIRECTORY_IN_USE');
    await copy.remove();
  });
});

test('no place for temporary files is told as such, and an end in the middle leaves no more than can be removed', async () => {
  const directory = await dataDirectory();
  vi.stubEnv('TMPDIR', path.join(temporary, 'nowhere'));
  const error = await storageError(ReadOnlyCopy.make(directory), 'IO_ERROR');
  expect(error.message).toContain('TMPDIR');
  vi.stubEnv('TMPDIR', temporary);
  const copy = await ReadOnlyCopy.make(directory);
  await expect(copy.addDatabase('journal', AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
  await copy.remove();
  expect(await readdir(temporary)).toEqual([]);
});
