import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Level } from 'level';
import { type LiveTable, liveTables } from '../../../src/storage/leveldb/live-tables.ts';
import { temporaryDirectory } from '../journals.ts';

/** classic-level, which is what `level` is in Node.js. */
export type Database = Level<Uint8Array, Uint8Array> & {
  compactRange(first: Uint8Array, last: Uint8Array): Promise<void>;
  getProperty(name: string): string;
};

/** The least that LevelDB makes of either: so a test has many blocks and tables with few bytes. */
const small = { writeBufferSize: 64 * 1024, maxFileSize: 1024 * 1024, blockSize: 1024 };

export async function openedIn(location: string): Promise<Database> {
  const options = { keyEncoding: 'view', valueEncoding: 'view', compression: false, ...small } as const;
  const database = new Level<Uint8Array, Uint8Array>(location, options) as Database;
  await database.open();
  return database;
}

/** All that was written comes into tables, and all tables into as few as LevelDB likes. */
export async function mergeTables(database: Database): Promise<void> {
  await database.compactRange(new Uint8Array(0), new Uint8Array(100).fill(255));
}

/** A closed database with these entries in tables. */
export async function databaseOf(entries: Iterable<readonly [key: Uint8Array, value: Uint8Array]>): Promise<string> {
  const location = path.join(await temporaryDirectory(), 'database');
  const database = await openedIn(location);
  for (const [key, value] of entries) await database.put(key, value);
  await mergeTables(database);
  await database.close();
  return location;
}

export function fileOf(location: string, { number }: LiveTable): string {
  return path.join(location, `${String(number).padStart(6, '0')}.ldb`);
}

/** The only table of such a database. */
export async function onlyTable(location: string): Promise<{ readonly table: LiveTable; readonly content: Buffer }> {
  const [table, ...more] = await liveTables(location);
  if (table === undefined || more.length > 0) throw new Error(`not one table in ${location}, but ${more.length + 1}`);
  return { table, content: await readFile(fileOf(location, table)) };
}
