import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { systemCode } from '../durable-files.ts';
import { ByteCursor, MalformedFile } from './byte-cursor.ts';

/** A table that belongs to the database. Keys are internal ones: the user's, then 8 bytes. */
export interface LiveTable {
  readonly number: number;
  readonly sizeBytes: number;
  readonly smallestKey: Uint8Array;
  readonly largestKey: Uint8Array;
}

/** The manifest is a log: pieces of records in blocks (doc/log_format.md of LevelDB 1.20). */
const blockBytes = 32 * 1024;
const headerBytes = 7;
const pieces = { unused: 0, full: 1, first: 2, middle: 3, last: 4 } as const;

/** What a change of the set of tables says (1.20, db/version_edit.cc). */
const tags = {
  comparator: 1,
  logNumber: 2,
  nextFileNumber: 3,
  lastSequence: 4,
  compactPointer: 5,
  deletedFile: 6,
  newFile: 7,
  previousLogNumber: 9,
} as const;

/**
 * The tables that the database consists of, by its manifest: others may lie beside them, half written when a process ended. None: there
 * is no database, or no manifest that can be read, which LevelDB, with its checksums, will say itself.
 *
 * @throws system errors other than ENOENT
 */
export async function liveTables(location: string): Promise<readonly LiveTable[]> {
  try {
    const current = await readFile(path.join(location, 'CURRENT'), 'latin1');
    if (!/^MANIFEST-\d+\n$/.test(current)) return [];
    return tablesOf(await readFile(path.join(location, current.trimEnd())));
  } catch (error) {
    if (error instanceof MalformedFile || systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}

function tablesOf(manifest: Uint8Array): readonly LiveTable[] {
  const live = new Map<number, LiveTable>();
  for (const record of recordsOf(manifest)) {
    const edit = readEdit(record);
    for (const number of edit.deleted) live.delete(number);
    for (const table of edit.added) live.set(table.number, table);
  }
  return [...live.values()];
}

/** A record that has no end is the last one, and was never written as a whole. */
function* recordsOf(log: Uint8Array): Generator<Uint8Array> {
  let record: Uint8Array[] = [];
  for (let block = 0; block < log.length; block += blockBytes) {
    const cursor = new ByteCursor(log, block, Math.min(block + blockBytes, log.length));
    while (cursor.remaining >= headerBytes) {
      cursor.bytes(4); // the checksum
      const length = cursor.fixed16();
      const type = cursor.byte();
      if (length > cursor.remaining) return;
      // Room that was given to the file in advance: after it, LevelDB goes on with the next block.
      if (type === pieces.unused && length === 0) break;
      const piece = cursor.bytes(length);
      if (type === pieces.full || type === pieces.first) record = [];
      record.push(piece);
      if (type === pieces.full || type === pieces.last) yield Buffer.concat(record);
      else if (type !== pieces.first && type !== pieces.middle) cursor.fail();
    }
  }
}

function readEdit(record: Uint8Array): { readonly added: readonly LiveTable[]; readonly deleted: readonly number[] } {
  const added: LiveTable[] = [];
  const deleted: number[] = [];
  const cursor = new ByteCursor(record);
  while (cursor.remaining > 0) {
    switch (cursor.varint()) {
      case tags.comparator:
        cursor.lengthPrefixed();
        break;
      case tags.logNumber:
      case tags.nextFileNumber:
      case tags.lastSequence:
      case tags.previousLogNumber:
        cursor.varint();
        break;
      case tags.compactPointer:
        cursor.varint();
        cursor.lengthPrefixed();
        break;
      case tags.deletedFile:
        cursor.varint();
        deleted.push(cursor.varint());
        break;
      case tags.newFile:
        cursor.varint();
        added.push({
          number: cursor.varint(),
          sizeBytes: cursor.varint(),
          smallestKey: cursor.lengthPrefixed(),
          largestKey: cursor.lengthPrefixed(),
        });
        break;
      default:
        cursor.fail();
    }
  }
  return { added, deleted };
}
