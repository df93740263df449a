import { cp, mkdir, open, readdir, readFile, rename, rm, rmdir, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { Level } from 'level';
import { describe, expect, test } from 'vitest';
import type { JournalRecord } from '../../src/paxos/record.ts';
import { LevelJournal } from '../../src/storage/level-journal.ts';
import { claimedCrc, encodeRecord } from '../../src/storage/record-codec.ts';
import { recordKey } from '../../src/storage/record-key.ts';
import { StorageError } from '../../src/storage/storage-error.ts';
import { appendAll, filled, storageError, temporaryDirectory } from './journals.ts';
import { slotRecord, slotRecords } from './records.ts';
import { scanned, started } from './started.ts';

/** Enough for several of LevelDB's blocks of 32 KiB, of which it drops what follows a damaged byte. */
const written = slotRecords(40, 3000);

/** A directory with the records in LevelDB's write-ahead log, as they are after they were appended. */
async function directoryWithLog(): Promise<string> {
  const directory = await temporaryDirectory();
  await filled(new LevelJournal(directory), written);
  return directory;
}

/** A directory with the records in a table of LevelDB, as they are after it was opened once more. */
async function directoryWithTable(): Promise<string> {
  const directory = await directoryWithLog();
  await filled(new LevelJournal(directory), []);
  return directory;
}

async function copyOf(directory: string): Promise<string> {
  const copy = await temporaryDirectory();
  await cp(directory, copy, { recursive: true });
  return copy;
}

const kinds = { log: /\.log$/, table: /\.ldb$/, manifest: /^MANIFEST-/, current: /^CURRENT$/ };

/** The largest file of the kind. */
async function fileOf(directory: string, kind: keyof typeof kinds): Promise<{ file: string; content: Buffer }> {
  const names = (await readdir(path.join(directory, 'journal'))).filter((name) => kinds[kind].test(name));
  const files = await Promise.all(
    names.map(async (name) => {
      const file = path.join(directory, 'journal', name);
      return { file, content: await readFile(file) };
    }),
  );
  const [largest] = files.sort((a, b) => b.content.length - a.content.length);
  if (largest === undefined) throw new Error(`there is no ${kind}`);
  return largest;
}

/** In place, as bits rot: LevelDB may have the file mapped into memory. */
async function flip(directory: string, kind: keyof typeof kinds, position: number, mask = 0xff): Promise<void> {
  const { file, content } = await fileOf(directory, kind);
  const at = position % content.length;
  const handle = await open(file, 'r+');
  await handle.write(Uint8Array.of(content[at]! ^ mask), 0, 1, at);
  await handle.close();
}

/** What is found in the directory, or the error that says that it cannot be relied upon. */
async function found(directory: string): Promise<JournalRecord[] | StorageError> {
  const journal = new LevelJournal(directory);
  try {
    await journal.open();
    return await scanned(journal);
  } catch (error) {
    if (error instanceof StorageError) return error;
    throw error;
  } finally {
    await journal.close();
  }
}

/** Everything that was written, or damage that is told now and at every later start. */
async function expectWholeOrDamaged(directory: string): Promise<void> {
  const result = await found(directory);
  if (!(result instanceof StorageError)) {
    expect(result).toEqual(written);
    return;
  }
  expect(result).toMatchObject({ code: 'JOURNAL_DAMAGED' });
  expect(await found(directory)).toMatchObject({ code: 'JOURNAL_DAMAGED' });
}

/** As above, or a legal torn end: what was written up to some record. */
async function expectPrefixOrDamaged(directory: string): Promise<void> {
  const result = await found(directory);
  if (result instanceof StorageError) expect(result).toMatchObject({ code: 'JOURNAL_DAMAGED' });
  else expect(result).toEqual(written.slice(0, result.length));
}

const forgetWitness = (directory: string) => rm(path.join(directory, 'witness'));
const position = fc.nat(1_000_000);
const mask = fc.integer({ min: 1, max: 255 });

describe('a changed byte', () => {
  test.each(['log', 'table', 'manifest', 'current'] as const)('in the %s is no loss, or damage', async (kind) => {
    const directory = kind === 'log' ? await directoryWithLog() : await directoryWithTable();
    await fc.assert(
      fc.asyncProperty(position, mask, async (at, bits) => {
        const copy = await copyOf(directory);
        await flip(copy, kind, at, bits);
        await expectWholeOrDamaged(copy);
      }),
      { numRuns: 20 },
    );
  });

  test.each([0x00, 0x0a, 0x0d, 0x2f, 0xff])('that CURRENT has become, 0x%x, is damage wherever it is', async (byte) => {
    const directory = await directoryWithTable();
    const { content } = await fileOf(directory, 'current');
    for (const [at, whole] of content.subarray(0, -1).entries()) {
      await flip(directory, 'current', at, whole ^ byte);
      expect(await found(directory)).toMatchObject({ code: 'JOURNAL_DAMAGED' });
      await flip(directory, 'current', at, whole ^ byte);
    }
    expect(await found(directory)).toEqual(written);
  });

  test.each(['log', 'table'] as const)('in the %s is never a hole, even if the witness is lost', async (kind) => {
    const directory = kind === 'log' ? await directoryWithLog() : await directoryWithTable();
    await forgetWitness(directory);
    await fc.assert(
      fc.asyncProperty(position, mask, async (at, bits) => {
        const copy = await copyOf(directory);
        await flip(copy, kind, at, bits);
        await expectPrefixOrDamaged(copy);
      }),
      { numRuns: 20 },
    );
  });

  test.each([0, 1, 2])(
    'among the lengths in a table, byte %d, is damage: LevelDB would end the process',
    async (at) => {
      const directory = await directoryWithTable();
      for (const mask of [0x10, 0xff]) {
        await flip(directory, 'table', at, mask);
        expect(await found(directory)).toMatchObject({
          code: 'JOURNAL_DAMAGED',
          message: expect.stringMatching(/in \d{6}\.ldb, byte \d+ is not what LevelDB writes there/),
        });
        await flip(directory, 'table', at, mask);
      }
      expect(await found(directory)).toEqual(written);
    },
  );

  test('in a table is not told of while another process is alive that has signed the directory', async () => {
    const directory = await directoryWithTable();
    await flip(directory, 'table', 1);
    await writeFile(path.join(directory, 'owner.pid'), `${process.ppid}\n`);
    expect(await found(directory)).toMatchObject({ code: 'DIRECTORY_IN_USE' });
    await rm(path.join(directory, 'owner.pid'));
    expect(await found(directory)).toMatchObject({ code: 'JOURNAL_DAMAGED' });
  });

  test('early in the log is a hole, which LevelDB keeps to itself and the chain tells', async () => {
    const directory = await directoryWithLog();
    await flip(directory, 'log', 5000);
    expect((await found(directory)) as StorageError).toMatchObject({
      code: 'JOURNAL_DAMAGED',
      message: expect.stringMatching(/record 2 is missing \(record 1\d follows record 1\).*move the directory away/s),
    });
  });

  test('near the end of the log is a missing end, which only the witness tells from a torn one', async () => {
    const directory = await directoryWithLog();
    const { content } = await fileOf(directory, 'log');
    await flip(directory, 'log', content.length - 100);
    const copy = await copyOf(directory);
    expect(await found(directory)).toMatchObject({
      message: expect.stringMatching(/record 40 is missing from its end/),
    });
    await forgetWitness(copy);
    expect(await found(copy)).toEqual(written.slice(0, 39));
  });
});

describe('a log that is cut off', () => {
  test('is a torn end if nobody saw more, and the journal goes on', async () => {
    const directory = await directoryWithLog();
    const { content } = await fileOf(directory, 'log');
    await forgetWitness(directory);
    await fc.assert(
      fc.asyncProperty(fc.nat(content.length), async (length) => {
        const copy = await copyOf(directory);
        await truncate((await fileOf(copy, 'log')).file, length);
        const journal = new LevelJournal(copy);
        await journal.open();
        const records = await scanned(journal);
        expect(records).toEqual(written.slice(0, records.length));
        await journal.append(slotRecord(records.length + 1));
        await journal.close();
        expect(await found(copy)).toHaveLength(records.length + 1);
      }),
      { numRuns: 15 },
    );
  });

  test('is damage if the witness saw more', async () => {
    const directory = await directoryWithLog();
    const { content } = await fileOf(directory, 'log');
    await fc.assert(
      fc.asyncProperty(fc.nat(content.length - 1), async (length) => {
        const copy = await copyOf(directory);
        await truncate((await fileOf(copy, 'log')).file, length);
        expect(await found(copy)).toMatchObject({ code: 'JOURNAL_DAMAGED' });
      }),
      { numRuns: 15 },
    );
  });
});

describe('a file that is gone', () => {
  test.each(['log', 'manifest', 'current'] as const)('is damage: the %s, before it was opened again', async (kind) => {
    const directory = await directoryWithLog();
    await rm((await fileOf(directory, kind)).file);
    expect(await found(directory)).toMatchObject({ code: 'JOURNAL_DAMAGED' });
  });

  test.each(['table', 'manifest', 'current'] as const)(
    'is damage, though the witness is lost: the %s',
    async (kind) => {
      const directory = await directoryWithTable();
      await forgetWitness(directory);
      await rm((await fileOf(directory, kind)).file);
      expect(await found(directory)).toMatchObject({ code: 'JOURNAL_DAMAGED' });
    },
  );

  test.each([0, 10, 5000])(
    'is damage, if of a table %d bytes are left: LevelDB calls that an error of the disk',
    async (length) => {
      const directory = await directoryWithTable();
      await truncate((await fileOf(directory, 'table')).file, length);
      expect(await found(directory)).toMatchObject({ code: 'JOURNAL_DAMAGED' });
    },
  );

  test('is damage: the whole database', async () => {
    const directory = await directoryWithLog();
    await rm(path.join(directory, 'journal'), { recursive: true });
    const error = await found(directory);
    expect(error).toMatchObject({
      message: expect.stringMatching(/records 1 to 40 are missing with the whole database/),
    });
    expect(await readdir(directory)).not.toContain('journal');
  });

  test('leaves the rest untouched: LevelDB would delete it', async () => {
    const directory = await directoryWithTable();
    await rm((await fileOf(directory, 'current')).file);
    const before = await readdir(path.join(directory, 'journal'));
    await found(directory);
    expect(await readdir(path.join(directory, 'journal'))).toEqual(before);
  });
});

test('a log that cannot be read now is no lost one: LevelDB, which would go on without it and delete it, is not asked', async () => {
  const directory = await directoryWithLog();
  const { file } = await fileOf(directory, 'log');
  await rename(file, `${file}-aside`);
  await mkdir(file); // opens as any file, and cannot be read
  expect(await found(directory)).toMatchObject({
    code: 'IO_ERROR',
    message: expect.stringContaining('read the logs of'),
  });
  await rmdir(file);
  await rename(`${file}-aside`, file);
  expect(await found(directory)).toEqual(written);
});

describe('a record that somebody tampered with', () => {
  type Database = Level<Uint8Array, Uint8Array>;
  const frameOf = async (database: Database, sequence: number) => (await database.get(recordKey(sequence))).slice();

  test.each<[string, (database: Database) => Promise<void>, RegExp]>([
    ['deleted', (database) => database.del(recordKey(20)), /record 20 is missing \(record 21 follows record 19\)/],
    ['deleted at the beginning', (database) => database.del(recordKey(1)), /record 1 is missing/],
    ['deleted at the end', (database) => database.del(recordKey(40)), /record 40 is missing from its end/],
    [
      'swapped with another',
      async (database) => {
        const [tenth, eleventh] = [await frameOf(database, 10), await frameOf(database, 11)];
        await database.put(recordKey(10), eleventh);
        await database.put(recordKey(11), tenth);
      },
      /in the place of record 10 is record 11/,
    ],
    [
      'changed in one bit',
      async (database) => {
        const frame = await frameOf(database, 33);
        frame[1000]! ^= 1;
        await database.put(recordKey(33), frame);
      },
      /record 33 does not match its checksum/,
    ],
    [
      'replaced by one of another history',
      async (database) => {
        const before = claimedCrc(await frameOf(database, 19));
        await database.put(recordKey(20), encodeRecord(slotRecord(20, 100), before));
      },
      /record 21 does not continue the one before it/,
    ],
    ['emptied', (database) => database.put(recordKey(7), new Uint8Array(0)), /record 7 does not match its checksum/],
    [
      'added under a strange key',
      (database) => database.put(recordKey(7).subarray(0, 5), new Uint8Array(0)),
      /record 1 is missing/,
    ],
  ])('is noticed when it is %s', async (_, tamper, message) => {
    const directory = await directoryWithTable();
    const database: Database = new Level(path.join(directory, 'journal'), {
      keyEncoding: 'view',
      valueEncoding: 'view',
      compression: false,
    });
    await database.open();
    await tamper(database);
    await database.close();
    expect(await found(directory)).toMatchObject({ code: 'JOURNAL_DAMAGED', message: expect.stringMatching(message) });
  });

  test('is noticed by a read of slots, too, and ends the journal', async () => {
    const directory = await directoryWithTable();
    const journal = await started(new LevelJournal(directory));
    // LevelDB does not verify the checksums of a table when it reads it.
    const { content } = await fileOf(directory, 'table');
    await flip(directory, 'table', content.indexOf(written[20]!.accepted[0]!.value.subarray(0, 50)));
    const error = await storageError(journal.readSlots(1, 40, 1_000_000), 'JOURNAL_DAMAGED');
    expect(error.message).toMatch(/record 21 does not match its checksum/);
    await expect(journal.append(slotRecord(41))).rejects.toBe(error);
    await journal.close();
  });
});

describe('an older copy of the database', () => {
  async function withOlderCopy(): Promise<string> {
    const directory = await temporaryDirectory();
    await filled(new LevelJournal(directory), written.slice(0, 20));
    const older = await copyOf(directory);
    const journal = await started(new LevelJournal(directory));
    await appendAll(journal, written.slice(20));
    await journal.close();
    await rm(path.join(directory, 'journal'), { recursive: true });
    await cp(path.join(older, 'journal'), path.join(directory, 'journal'), { recursive: true });
    return directory;
  }

  test('is damage, though it is sound in itself', async () => {
    const directory = await withOlderCopy();
    const error = await storageError(started(new LevelJournal(directory)), 'JOURNAL_DAMAGED');
    expect(error.message).toMatch(/records 21 to 40 are missing from its end, though record 40 was written durably/);
  });

  test('is damage even if it has grown past where the witness was', async () => {
    const directory = await withOlderCopy();
    const witness = await readFile(path.join(directory, 'witness'));
    await forgetWitness(directory);
    const journal = await started(new LevelJournal(directory));
    await appendAll(journal, slotRecords(45, 100).slice(20));
    await journal.close();
    await writeFile(path.join(directory, 'witness'), witness);
    expect(await found(directory)).toMatchObject({
      message: expect.stringMatching(/record 40 is not the one that this node wrote/),
    });
  });
});
