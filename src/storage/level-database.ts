import { readdir } from 'node:fs/promises';
import { Level } from 'level';
import { systemCode } from './durable-files.ts';
import { journalDamaged, textOf } from './storage-error.ts';

export type Bytes = Level<Uint8Array, Uint8Array>;

const mebibyte = 1024 * 1024;

/**
 * Keys only rise and old ones are deleted in one piece, so there is nothing to merge: LevelDB writes each record twice, to
 * its write-ahead log and, when the write buffer is full, to a table that no later one overlaps.
 */
const tuning = {
  // Bigger than the largest burst (64 open slots, 16 MiB in all), which would else wait for the table before it; the price
  // is as much memory, twice, and as much to be read again when the database is opened after a crash.
  writeBufferSize: 16 * mebibyte,
  // So deletions of trimmed records rewrite few tables.
  maxFileSize: 16 * mebibyte,
  // Read from end to end or in long runs; with 4 KiB nearly each record would have an index entry of its own.
  blockSize: 64 * 1024,
  // Nothing is read often: long runs by iterator, which by default leaves the cache alone.
  cacheSize: mebibyte,
  // The values are the users' own; compressing them would cost the processor more than it saves the disk.
  compression: false,
} as const;

export function levelDatabase(location: string): Bytes {
  return new Level<Uint8Array, Uint8Array>(location, { keyEncoding: 'view', valueEncoding: 'view', ...tuning });
}

/**
 * Whether a database was ever opened in the directory. LevelDB takes a directory that has lost its CURRENT file for a new
 * one, and deletes what it finds there: that must be refused before it is asked.
 *
 * @throws StorageError JOURNAL_DAMAGED; system errors
 */
export async function hasDatabase(location: string): Promise<boolean> {
  const names = await readdir(location).catch((error: unknown): string[] => {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  });
  if (names.includes('CURRENT')) return true;
  const orphan = names.find((name) => /\.(?:log|ldb|sst)$/.test(name));
  if (orphan === undefined) return false; // none, or one whose making was interrupted before it held anything
  throw journalDamaged(
    location,
    `all records are out of reach, for ${orphan} is there but LevelDB's file CURRENT is missing`,
  );
}

/** What kept LevelDB from opening, by its code in classic-level and its text. */
export function openingProblem(error: unknown): {
  readonly kind: 'locked' | 'damaged' | 'failed';
  readonly cause: unknown;
} {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  switch (systemCode(cause)) {
    case 'LEVEL_LOCKED':
      // A file system without locks is a fault of another kind.
      return { kind: /no locks available|not supported/i.test(textOf(cause)) ? 'failed' : 'locked', cause };
    case 'LEVEL_IO_ERROR':
      return { kind: /no such file/i.test(textOf(cause)) ? 'damaged' : 'failed', cause };
    default:
      return { kind: 'damaged', cause };
  }
}
