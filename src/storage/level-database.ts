import { readdir } from 'node:fs/promises';
import { Level } from 'level';
import type { DirectoryClaim } from './directory-claim.ts';
import { systemCode } from './durable-files.ts';
import { fromLevelError, type StorageError, textOf } from './storage-error.ts';

export type Bytes = Level<Uint8Array, Uint8Array>;

/** In bytes. Never compressed: the values are the users' own, and it would cost the processor more than it saves the disk. */
export interface Tuning {
  readonly writeBufferSize: number;
  readonly maxFileSize: number;
  readonly blockSize: number;
  readonly cacheSize: number;
}

/** One of the databases of a data directory, as messages call it and as it is tuned. */
export interface DatabaseKind {
  readonly location: string;
  /** A noun phrase: "the journal in /data/journal". */
  readonly name: string;
  readonly tuning: Tuning;
  /** The error that tells of damage. `problem` is a clause. */
  damaged(problem: string, options?: ErrorOptions): StorageError;
}

/** @throws StorageError what `damaged` makes, DIRECTORY_IN_USE, DISK_FULL, IO_ERROR */
export async function openDatabase(kind: DatabaseKind, claim: DirectoryClaim): Promise<Bytes> {
  // Not made before it may be opened: it opens itself soon after it was made.
  const database: Bytes = new Level(kind.location, {
    keyEncoding: 'view',
    valueEncoding: 'view',
    compression: false,
    ...kind.tuning,
  });
  try {
    await database.open();
    return database;
  } catch (error) {
    const problem = openingProblem(error);
    if (problem.kind === 'locked') throw await claim.refused(problem.cause);
    if (problem.kind === 'failed') throw fromLevelError(problem.cause, `open ${kind.name}`);
    throw kind.damaged(`LevelDB cannot open it (${textOf(problem.cause)})`, { cause: problem.cause });
  }
}

/**
 * Whether a database was ever opened in the directory. LevelDB takes a directory that has lost its CURRENT file for a new
 * one, and deletes what it finds there: that must be refused before it is asked.
 *
 * @throws StorageError what `damaged` makes; system errors
 */
export async function hasDatabase({ location, damaged }: Pick<DatabaseKind, 'location' | 'damaged'>): Promise<boolean> {
  const names = await readdir(location).catch((error: unknown): string[] => {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  });
  if (names.includes('CURRENT')) return true;
  const orphan = names.find((name) => /\.(?:log|ldb|sst)$/.test(name));
  if (orphan === undefined) return false; // none, or one whose making was interrupted before it held anything
  throw damaged(`all of it is out of reach, for ${orphan} is there but LevelDB's file CURRENT is missing`);
}

/** What kept LevelDB from opening, by its code in classic-level and its text. */
function openingProblem(error: unknown): {
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
