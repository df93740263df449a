import { mkdir, readdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { LevelJournal } from '../../src/storage/level-journal.ts';
import { describeJournal } from './journal-conformance.ts';
import { describeTrimming } from './journal-trim-conformance.ts';
import { appendAll, filled, storageError, temporaryDirectory } from './journals.ts';
import { logOf, mappedTables, replaceOpenFile } from './open-files.ts';
import { slotRecord, slotRecords } from './records.ts';
import { scanned, started } from './started.ts';

const levelPlace = async () => {
  const directory = await temporaryDirectory();
  return { journal: () => new LevelJournal(directory) };
};
describeJournal('LevelJournal', levelPlace);
describeTrimming('LevelJournal', levelPlace);

test('a directory that is open in this process is refused under every name it has', async () => {
  const directory = await temporaryDirectory();
  const alias = path.join(await temporaryDirectory(), 'alias');
  await symlink(directory, alias);
  const journal = await started(new LevelJournal(directory));
  const error = await storageError(new LevelJournal(alias).open(), 'DIRECTORY_IN_USE');
  expect(error.message).toMatch(/in use by this process/);
  await journal.close();
});

test('its files are the database, the witness and, while it is open, the name of the process', async () => {
  const directory = await temporaryDirectory();
  const journal = await started(new LevelJournal(directory));
  expect((await readdir(directory)).sort()).toEqual(['journal', 'owner.pid', 'witness']);
  expect(await readFile(path.join(directory, 'owner.pid'), 'utf8')).toBe(`${process.pid}\n`);
  await journal.close();
  expect((await readdir(directory)).sort()).toEqual(['journal', 'witness']);
});

test.runIf(process.platform === 'linux')('what was mapped to be scanned is let go, and it goes on', async () => {
  const directory = await temporaryDirectory();
  await filled(new LevelJournal(directory), slotRecords(3, 5_000_000));
  const journal = new LevelJournal(directory);
  await journal.open();
  let mapped = 0;
  for await (const { sequence } of journal.scan()) {
    expect(sequence).toBeGreaterThan(0);
    mapped = Math.max(mapped, mappedTables(path.join(directory, 'journal')));
  }
  expect(mapped).toBeGreaterThan(0);
  expect(mappedTables(path.join(directory, 'journal'))).toBe(0);
  await journal.append(slotRecord(4));
  expect((await journal.readSlots(1, 4, 1e9)).map(({ slot }) => slot)).toEqual([1, 2, 3, 4]);
  await journal.close();
  await storageError(scanned(journal), 'CLOSED');
});

test('a witness that is lost, torn or damaged takes nothing away', async () => {
  const directory = await temporaryDirectory();
  await filled(new LevelJournal(directory), slotRecords(3));
  const witness = path.join(directory, 'witness');
  for (const content of ['', 'short', 'x'.repeat(20), 'x'.repeat(2000)]) {
    await writeFile(witness, content);
    const journal = new LevelJournal(directory);
    await journal.open();
    expect(await scanned(journal)).toEqual(slotRecords(3));
    await journal.close();
  }
});

test('a witness that was lost is there again after the next scan', async () => {
  const directory = await temporaryDirectory();
  await filled(new LevelJournal(directory), slotRecords(3));
  const before = await readFile(path.join(directory, 'witness'));
  await truncate(path.join(directory, 'witness'));
  await filled(new LevelJournal(directory), []);
  expect(await readFile(path.join(directory, 'witness'))).toEqual(before);
});

test.each([
  ['the data directory', ''],
  ['the place of its database', 'journal'],
])('%s that is a file is refused', async (_, name) => {
  const directory = path.join(await temporaryDirectory(), 'data');
  if (name !== '') await mkdir(directory);
  await writeFile(path.join(directory, name), 'a file');
  await storageError(new LevelJournal(directory).open(), 'NOT_A_DIRECTORY');
});

test.runIf(process.platform === 'linux')('a failed fsync fails the append, though it was written', async () => {
  const directory = await temporaryDirectory();
  const journal = await started(new LevelJournal(directory));
  await appendAll(journal, slotRecords(3));
  replaceOpenFile(await logOf(path.join(directory, 'journal')), '/dev/null'); // takes every write, and cannot be synced
  const error = await storageError(journal.append(slotRecord(4)), 'IO_ERROR');
  await expect(journal.append(slotRecord(4))).rejects.toBe(error);
  await journal.close();
});

test.runIf(process.platform === 'linux')('a full disk fails the append, and everything after it', async () => {
  const directory = await temporaryDirectory();
  const journal = await started(new LevelJournal(directory));
  await appendAll(journal, slotRecords(3));
  replaceOpenFile(await logOf(path.join(directory, 'journal')), '/dev/full');
  const error = await storageError(journal.append(slotRecord(4)), 'DISK_FULL');
  expect(error.message).toMatch(/append record 4/);
  await expect(journal.append(slotRecord(4))).rejects.toBe(error);
  await expect(journal.readSlots(1, 3, 10_000)).rejects.toBe(error);
  await expect(scanned(journal)).rejects.toBe(error);
  await journal.close();

  const again = new LevelJournal(directory);
  await again.open();
  expect(await scanned(again)).toEqual(slotRecords(3));
  await appendAll(again, [slotRecord(4)]);
  await again.close();
});

test.runIf(process.platform === 'linux')('a witness that cannot be written fails the next append', async () => {
  const directory = await temporaryDirectory();
  const journal = await started(new LevelJournal(directory));
  await journal.append(slotRecord(1));
  replaceOpenFile(path.join(directory, 'witness'), '/dev/full');
  await journal.append(slotRecord(2));
  await expect
    .poll(() => journal.readSlots(1, 2, 10_000).catch((error: unknown) => error))
    .toMatchObject({ code: 'DISK_FULL' });
  await storageError(journal.append(slotRecord(3)), 'DISK_FULL');
  await journal.close().catch(() => undefined);
});
