import { open, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { Level } from 'level';
import type { DirectoryClaim } from './directory-claim.ts';
import { syncDirectory, systemCode } from './durable-files.ts';
import { problemOfTables } from './leveldb/table-problem.ts';
import { fromLevelError, fromSystemError, type StorageError, textOf } from './storage-error.ts';

export type Bytes = Level<Uint8Array, Uint8Array> & {
  /** Of classic-level, which is what `level` is in Node.js. It does not tell of failures: the next write does. */
  compactRange(first: Uint8Array, last: Uint8Array): Promise<void>;
};

/** Sizes are in bytes. Never compressed: the values are the users' own, and it would cost the processor more than it saves the disk. */
export interface Tuning {
  readonly writeBufferSize: number;
  readonly maxFileSize: number;
  readonly blockSize: number;
  readonly cacheSize: number;
  /** How many tables are open at a time; default 1,000. */
  readonly maxOpenFiles?: number;
}

/** One of the databases of a data directory, as messages call it and as it is tuned. */
export interface DatabaseKind {
  readonly location: string;
  /** A noun phrase: "the journal in /data/journal". */
  readonly name: string;
  readonly tuning: Tuning;
  /** The error that tells of damage. `problem` is a clause. */
  damaged(problem: string, options?: ErrorOptions): StorageError;
  /** Keys and values of so many bytes were written. */
  readonly onHanded?: ((bytes: number) => void) | undefined;
}

/** @throws StorageError what `damaged` makes, DIRECTORY_IN_USE, DISK_FULL, IO_ERROR */
export async function openDatabase(kind: DatabaseKind, claim: DirectoryClaim): Promise<Bytes> {
  await readLogs(kind);
  await checkTables(kind, claim);
  // Not made before it may be opened: it opens itself soon after it was made.
  const database = new Level(kind.location, {
    keyEncoding: 'view',
    valueEncoding: 'view',
    compression: false,
    ...kind.tuning,
  }) as Bytes;
  try {
    await database.open();
    if (kind.onHanded !== undefined) tellOfWrites(database, kind.onHanded);
    return database;
  } catch (error) {
    const problem = openingProblem(error);
    if (problem.kind === 'locked') throw await claim.refused(problem.cause);
    if (problem.kind === 'failed' && !(await hasStrangeCurrent(kind))) {
      throw fromLevelError(problem.cause, `open ${kind.name}`);
    }
    throw kind.damaged(`LevelDB cannot open it (${textOf(problem.cause)})`, { cause: problem.cause });
  }
}

function tellOfWrites(database: Bytes, onHanded: (bytes: number) => void): void {
  database.on('write', (operations) => {
    let bytes = 0;
    for (const operation of operations) {
      bytes += operation.key.length + (operation.type === 'put' ? operation.value.length : 0);
    }
    onHanded(bytes);
  });
}

/**
 * Reads the write-ahead logs, and makes nothing of them. LevelDB takes a log that it cannot read for one that ends there, makes a table of
 * what it has, and deletes the log (1.20, db_impl.cc, RecoverLogFile, without paranoid checks): an error of the disk that passes would have
 * lost records for good. What was read here is in the kernel's memory when LevelDB reads it.
 */
async function readLogs({ location, name }: DatabaseKind): Promise<void> {
  const piece = new Uint8Array(256 * 1024);
  try {
    const names = await readdir(location);
    for (const log of names.filter((candidate) => candidate.endsWith('.log'))) {
      const file = await open(path.join(location, log));
      try {
        while ((await file.read(piece, 0, piece.length)).bytesRead > 0);
      } finally {
        await file.close();
      }
    }
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw fromSystemError(error, `read the logs of ${name}`);
  }
}

/** Before LevelDB may come upon a table that it cannot take apart, which would end the process. */
async function checkTables({ location, name, damaged }: DatabaseKind, claim: DirectoryClaim): Promise<void> {
  let problem: string | undefined;
  try {
    problem = await problemOfTables(location);
  } catch (error) {
    throw fromSystemError(error, `read the tables of ${name}`);
  }
  if (problem === undefined) return;
  await claim.refuseIfSigned(); // LevelDB's lock was not asked yet
  throw damaged(problem);
}

/** All that LevelDB keeps in memory goes, so that what it has mapped does not count as the process's own. @throws what LevelDB throws */
export async function reopenDatabase(database: Bytes): Promise<void> {
  await database.close();
  try {
    await database.open();
  } catch (error) {
    throw error instanceof Error && error.cause !== undefined ? error.cause : error;
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

/**
 * Makes durable whatever was written before without `sync`.
 *
 * A later write with `sync` does not: LevelDB syncs the write-ahead log that it then appends to, and no other (1.20,
 * db_impl.cc, DBImpl::Write). When its write buffer is full it goes on in a new log and closes the old one without syncing
 * it (MakeRoomForWrite); until the buffer has been made a table in the background (CompactMemTable), what was in there is
 * only in that old log, and lost with the power, while the later write, in the new log, is there. If it has become a table,
 * then that was synced (builder.cc, BuildTable), and so was LevelDB's manifest with its directory, which names it
 * (version_set.cc, LogAndApply; env_posix.cc, SyncDirIfManifest), before the old log was deleted. So it is enough to sync
 * every log that is still there. Each write has reached the kernel when it resolves (log_writer.cc, EmitPhysicalRecord).
 *
 * @throws system errors
 */
export async function syncLogs(location: string): Promise<void> {
  const names = await readdir(location);
  for (const name of names.filter((candidate) => candidate.endsWith('.log'))) {
    try {
      const log = await open(path.join(location, name), 'r+');
      await log.datasync().finally(() => log.close());
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error; // by now it has become a table
    }
  }
  await syncDirectory(location);
}

/** Whether LevelDB found it itself; or a table is too short, or gone, which are no errors of the disk. */
export function tellsOfDamage(error: unknown): boolean {
  if (systemCode(error) === 'LEVEL_CORRUPTION') return true;
  return /\.(?:ldb|sst): (?:invalid argument|no such file)/i.test(textOf(error));
}

/** LevelDB looks for whatever file it names, and its text ends where a damaged name has a zero. */
async function hasStrangeCurrent({ location }: DatabaseKind): Promise<boolean> {
  const current = await readFile(path.join(location, 'CURRENT'), 'latin1').catch(() => undefined);
  return current !== undefined && !/^MANIFEST-\d+\n$/.test(current);
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
