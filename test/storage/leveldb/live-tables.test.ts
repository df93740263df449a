import { readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { liveTables } from '../../../src/storage/leveldb/live-tables.ts';
import { temporaryDirectory } from '../journals.ts';
import { noise } from '../records.ts';
import { databaseOf, mergeTables, openedIn } from './databases.ts';

async function manifestOf(location: string): Promise<string> {
  return path.join(location, (await readFile(path.join(location, 'CURRENT'), 'latin1')).trim());
}

test('the tables that count are those that LevelDB itself counts, after more changes than a block of the manifest holds', async () => {
  const location = path.join(await temporaryDirectory(), 'database');
  const database = await openedIn(location);
  for (let index = 0; index < 400; index++) await database.put(noise(index % 90, 20), noise(index, 70_000));
  await mergeTables(database);
  // Its lines are "7:65536['first key' @ 1 : 1 .. 'last key' @ 9 : 1]".
  const told = [...database.getProperty('leveldb.sstables').matchAll(/^ (\d+):(\d+)\[/gm)];
  await database.close();
  expect((await stat(await manifestOf(location))).size).toBeGreaterThan(32 * 1024);
  expect(told.length).toBeGreaterThan(3);
  const counted = (await liveTables(location)).map(({ number, sizeBytes }) => `${number}:${sizeBytes}`);
  expect(counted.sort()).toEqual(told.map(([, number, size]) => `${number}:${size}`).sort());
});

test('a table that was not finished when its process ended does not count', async () => {
  const location = await databaseOf([[noise(1, 10), noise(2, 100)]]);
  const before = await liveTables(location);
  expect(before).toHaveLength(1);
  await writeFile(path.join(location, '000099.ldb'), noise(3, 500));
  expect(await liveTables(location)).toEqual(before);
});

test('a manifest whose end was not written counts up to there', async () => {
  const location = await databaseOf([[noise(1, 10), noise(2, 100)]]);
  const before = await liveTables(location);
  const manifest = await manifestOf(location);
  const whole = await readFile(manifest);
  const torn = Buffer.concat([whole, Uint8Array.of(1, 2, 3, 4, 200, 0, 1, 7)]);
  await writeFile(manifest, torn);
  expect(await liveTables(location)).toEqual(before);
});

test('a manifest that ends with room for more counts up to there', async () => {
  const location = await databaseOf([[noise(1, 10), noise(2, 100)]]);
  const before = await liveTables(location);
  const manifest = await manifestOf(location);
  await writeFile(manifest, Buffer.concat([await readFile(manifest), Buffer.alloc(64 * 1024)]));
  expect(await liveTables(location)).toEqual(before);
});

test.each<[string, (location: string) => Promise<void>]>([
  ['a manifest that makes no sense', async (location) => writeFile(await manifestOf(location), Buffer.alloc(300, 9))],
  ['a CURRENT that names no manifest', (location) => writeFile(path.join(location, 'CURRENT'), 'MANIFEST-\n')],
  [
    'a CURRENT that names one that is gone',
    (location) => writeFile(path.join(location, 'CURRENT'), 'MANIFEST-999999\n'),
  ],
])('of %s no tables are known: that it is damaged, LevelDB says', async (_, damage) => {
  const location = await databaseOf([[noise(1, 10), noise(2, 100)]]);
  await damage(location);
  expect(await liveTables(location)).toEqual([]);
});

test('where there is no database there are no tables', async () => {
  expect(await liveTables(path.join(await temporaryDirectory(), 'nothing'))).toEqual([]);
});
