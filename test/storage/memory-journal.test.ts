import { expect, test } from 'vitest';
import { MemoryDisk, MemoryJournal } from '../../src/storage/memory-journal.ts';
import { describeJournal } from './journal-conformance.ts';
import { describeTrimming } from './journal-trim-conformance.ts';
import { appendAll, filled, storageError } from './journals.ts';
import { slotRecord, slotRecords } from './records.ts';
import { scanned, started } from './started.ts';

const memoryPlace = async () => {
  const disk = new MemoryDisk();
  return { journal: () => new MemoryJournal(disk) };
};
describeJournal('MemoryJournal', memoryPlace);
describeTrimming('MemoryJournal', memoryPlace);

async function startedOn(disk: MemoryDisk): Promise<MemoryJournal> {
  return started(new MemoryJournal(disk, { autoSync: false }));
}

async function recordsOn(disk: MemoryDisk) {
  const journal = new MemoryJournal(disk);
  await journal.open();
  return scanned(journal);
}

test('a crash forgets what was not synced, and leaves its promise open', async () => {
  const disk = new MemoryDisk();
  const journal = await startedOn(disk);
  const first = journal.append(slotRecord(1));
  journal.sync();
  await first;
  let settled = false;
  void journal.append(slotRecord(2)).finally(() => {
    settled = true;
  });
  journal.crash();
  expect(await recordsOn(disk)).toEqual([slotRecord(1)]);
  expect(settled).toBe(false);
});

test('a crash may keep what nobody was told of', async () => {
  const disk = new MemoryDisk();
  const journal = await startedOn(disk);
  journal.write(slotRecord(1));
  journal.crash({ kept: true });
  expect(await recordsOn(disk)).toEqual([slotRecord(1)]);
});

test('after a failed append every later use fails with the same error', async () => {
  const journal = await started(new MemoryJournal(new MemoryDisk()));
  await journal.append(slotRecord(1));
  journal.failNextAppend('DISK_FULL');
  const error = await storageError(journal.append(slotRecord(2)), 'DISK_FULL');
  await expect(journal.append(slotRecord(2))).rejects.toBe(error);
  await expect(journal.readSlots(1, 1, 1000)).rejects.toBe(error);
});

test('the synchronous counterparts do the same', () => {
  const disk = new MemoryDisk();
  const journal = new MemoryJournal(disk, { autoSync: false });
  journal.openNow();
  expect([...journal.scanNow()]).toEqual([]);
  journal.write(slotRecord(1));
  expect(journal.readSlotsNow(1, 1, 1000)).toEqual([]);
  journal.sync();
  expect(journal.readSlotsNow(1, 1, 1000)).toEqual(slotRecord(1).accepted);
});

test.each([
  ['a record is missing', (disk: MemoryDisk) => disk.frames.delete(3), /record 3 is missing/],
  ['the last record is missing', (disk: MemoryDisk) => disk.frames.delete(5), /record 5 is missing from its end/],
  ['a bit has changed', (disk: MemoryDisk) => (disk.frames.get(2)![40]! ^= 1), /record 2 does not match its checksum/],
])('a scan notices that %s', async (_, damage, message) => {
  const disk = new MemoryDisk();
  await filled(new MemoryJournal(disk), slotRecords(5));
  damage(disk);
  const journal = new MemoryJournal(disk);
  await journal.open();
  const error = await storageError(scanned(journal), 'JOURNAL_DAMAGED');
  expect(error.message).toMatch(message);
  await expect(journal.append(slotRecord(6))).rejects.toBe(error);
});

test('a disk that is rolled back whole looks sound: only the peers know better', async () => {
  const disk = new MemoryDisk();
  const journal = await started(new MemoryJournal(disk));
  await appendAll(journal, slotRecords(2));
  const older = disk.copy();
  await journal.append(slotRecord(3));
  expect(await recordsOn(older)).toEqual(slotRecords(2));
});
