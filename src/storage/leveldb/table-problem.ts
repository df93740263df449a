import { type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import { systemCode } from '../durable-files.ts';
import { MalformedFile } from './byte-cursor.ts';
import { type LiveTable, liveTables } from './live-tables.ts';
import { checkTable } from './table-structure.ts';

/**
 * What keeps LevelDB from taking the tables of a database apart, as a clause; undefined: nothing. To be asked before it opens the database:
 * as it comes in `classic-level`, it does not look at the checksums of a table and believes what a table says of itself, and where that
 * makes no sense it fails an assertion of its own or reads past the end. Then the process is gone, without a word about the disk.
 *
 * @throws system errors, about what cannot be read
 */
export async function problemOfTables(location: string): Promise<string | undefined> {
  let buffer = Buffer.alloc(0);
  for (const table of await liveTables(location)) {
    const found = await openTable(location, table);
    if (found === undefined) continue; // LevelDB says which are missing
    const { file, name } = found;
    try {
      if ((await file.stat()).size < table.sizeBytes) continue; // and which are too short
      if (buffer.length < table.sizeBytes) buffer = Buffer.allocUnsafeSlow(table.sizeBytes);
      checkTable(await readAll(file, buffer.subarray(0, table.sizeBytes)), table);
    } catch (error) {
      if (error instanceof MalformedFile) return `in ${name}, ${error.message}`;
      throw error;
    } finally {
      await file.close();
    }
  }
  return undefined;
}

/** By the name that LevelDB gives them, or gave them once. */
async function openTable(
  location: string,
  { number }: LiveTable,
): Promise<{ readonly file: FileHandle; readonly name: string } | undefined> {
  for (const ending of ['ldb', 'sst']) {
    const name = `${String(number).padStart(6, '0')}.${ending}`;
    try {
      return { file: await open(path.join(location, name)), name };
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error;
    }
  }
  return undefined;
}

/** As much of `into` as there is. */
async function readAll(file: FileHandle, into: Buffer): Promise<Buffer> {
  let length = 0;
  while (length < into.length) {
    const { bytesRead } = await file.read(into, length, into.length - length, length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return into.subarray(0, length);
}
