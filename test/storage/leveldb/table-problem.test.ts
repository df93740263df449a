import { open, rename, rm, truncate } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { type LiveTable, liveTables } from '../../../src/storage/leveldb/live-tables.ts';
import { problemOfTables } from '../../../src/storage/leveldb/table-problem.ts';
import { noise } from '../records.ts';
import { databaseOf, fileOf } from './databases.ts';

async function databaseWithTable(): Promise<{
  readonly location: string;
  readonly table: LiveTable;
  readonly file: string;
}> {
  const location = await databaseOf([[noise(1, 10), noise(2, 1000)]]);
  const [table] = await liveTables(location);
  if (table === undefined) throw new Error('there is no table');
  return { location, table, file: fileOf(location, table) };
}

/** How long the first key is. */
async function damage(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  await handle.write(Uint8Array.of(3), 0, 1, 1);
  await handle.close();
}

test('a table that makes no sense is named, and where it does not', async () => {
  const { location, file } = await databaseWithTable();
  expect(await problemOfTables(location)).toBeUndefined();
  await damage(file);
  expect(await problemOfTables(location)).toBe('in 000005.ldb, byte 0 is not what LevelDB writes there');
});

test('a table is found by the name that LevelDB once gave it', async () => {
  const { location, file } = await databaseWithTable();
  await damage(file);
  await rename(file, file.replace('.ldb', '.sst'));
  expect(await problemOfTables(location)).toMatch(/^in 000005\.sst, /);
});

test('what LevelDB itself says of a table is left to it: that it is gone, or too short', async () => {
  const { location, table, file } = await databaseWithTable();
  await truncate(file, table.sizeBytes - 1);
  expect(await problemOfTables(location)).toBeUndefined();
  await rm(file);
  expect(await problemOfTables(location)).toBeUndefined();
});
