import { rm } from 'node:fs/promises';
import path from 'node:path';
import { Level } from 'level';
import { describe, expect, test } from 'vitest';
import { LevelJournal } from '../../src/storage/level-journal.ts';
import { encodeRecord } from '../../src/storage/record-codec.ts';
import { anchorKey, recordKey } from '../../src/storage/record-key.ts';
import { anchorOf, summary } from './journal-trim-conformance.ts';
import { appendAll, storageError, temporaryDirectory } from './journals.ts';
import { slotRecord, slotRecords } from './records.ts';
import { scanned, started } from './started.ts';

/** Ten records, of which seven were given up. */
async function trimmedDirectory(): Promise<string> {
  const directory = await temporaryDirectory();
  const journal = await started(new LevelJournal(directory));
  await appendAll(journal, slotRecords(10));
  await journal.trim(4, { ...summary, formed: false });
  await journal.trim(7, summary);
  await journal.close();
  return directory;
}

type Database = Level<Uint8Array, Uint8Array>;

async function change(directory: string, damage: (database: Database) => Promise<unknown>): Promise<void> {
  const database: Database = new Level(path.join(directory, 'journal'), {
    keyEncoding: 'view',
    valueEncoding: 'view',
    compression: false,
  });
  await database.open();
  await damage(database);
  await database.close();
}

async function allKeys(directory: string): Promise<readonly string[]> {
  let keys: readonly string[] = [];
  await change(directory, async (database) => {
    keys = (await database.keys().all()).map((key) => `${String.fromCharCode(key[0] ?? 0)}${key.at(-1)}`);
  });
  return keys;
}

test('what was given up is gone from the database, older anchors too', async () => {
  expect(await allKeys(await trimmedDirectory())).toEqual(['a7', 'r8', 'r9', 'r10']);
});

test('deletions that come back are passed over, and deleted with the next', async () => {
  const directory = await trimmedDirectory();
  await change(directory, async (database) => {
    for (const record of slotRecords(7)) await database.put(recordKey(record.sequence), encodeRecord(record, 0));
    await database.put(anchorKey(4), encodeRecord(anchorOf(4), 1));
  });
  const journal = await started(new LevelJournal(directory));
  expect(await scanned(journal)).toEqual([anchorOf(7), ...slotRecords(10).slice(7)]);
  await journal.trim(8, summary);
  await journal.close();
  expect(await allKeys(directory)).toEqual(['a8', 'r9', 'r10']);
});

describe('damage is noticed', () => {
  const damages: readonly (readonly [string, (database: Database) => Promise<unknown>, RegExp])[] = [
    ['the anchor is missing', (database) => database.del(anchorKey(7)), /record 1 is missing/],
    [
      'the anchor is altered',
      async (database) => {
        const frame = (await database.get(anchorKey(7))) as Uint8Array;
        frame[30] = (frame[30] as number) ^ 4;
        await database.put(anchorKey(7), frame);
      },
      /the anchor after record 7 does not match its checksum/,
    ],
    [
      'an anchor lies in the place of another',
      async (database) => database.put(anchorKey(9), (await database.get(anchorKey(7))) as Uint8Array),
      /in the place of the anchor after record 9 is record 7/,
    ],
    [
      'the anchor is an older one',
      async (database) => {
        await database.put(anchorKey(4), encodeRecord(anchorOf(4), 1));
        await database.del(anchorKey(7));
      },
      /record 5 is missing/,
    ],
    ['the first record is missing', (database) => database.del(recordKey(8)), /record 8 is missing/],
    [
      'the first record continues another',
      (database) => database.put(recordKey(8), encodeRecord(slotRecord(8), 12_345)),
      /record 8 does not continue the one before it/,
    ],
    [
      'all records are missing',
      (database) => database.clear({ gte: recordKey(0), lte: recordKey(10) }),
      /records 8 to 10 are missing from its end/,
    ],
  ];
  test.each(damages)('%s', async (_, damage, message) => {
    const directory = await trimmedDirectory();
    await change(directory, damage);
    const journal = new LevelJournal(directory);
    await journal.open();
    const error = await storageError(scanned(journal), 'JOURNAL_DAMAGED');
    expect(error.message).toMatch(message);
    await journal.close();
  });

  test('all records are missing, and the witness with them', async () => {
    const directory = await trimmedDirectory();
    await change(directory, (database) => database.clear({ gte: recordKey(0), lte: recordKey(10) }));
    await rm(path.join(directory, 'witness'));
    const journal = new LevelJournal(directory);
    await journal.open();
    const error = await storageError(scanned(journal), 'JOURNAL_DAMAGED');
    expect(error.message).toContain('record 8 is missing from its end');
    await journal.close();
  });

  test('of the last record to be given up, too, and nothing is given up', async () => {
    const directory = await temporaryDirectory();
    const journal = await started(new LevelJournal(directory));
    await appendAll(journal, slotRecords(10));
    await journal.close();
    const again = await started(new LevelJournal(directory));
    await again.close();
    await change(directory, (database) => database.put(recordKey(7), encodeRecord(slotRecord(7, 10), 1)));
    const damaged = new LevelJournal(directory);
    await damaged.open();
    await storageError(scanned(damaged), 'JOURNAL_DAMAGED');
    await storageError(damaged.trim(7, summary), 'JOURNAL_DAMAGED');
    await damaged.close();
    expect(await allKeys(directory)).toHaveLength(10);
  });
});
