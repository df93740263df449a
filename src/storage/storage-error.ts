/** What can be wrong with a node's data directory. The codes are stable; each message says what to do. */
export type StorageErrorCode =
  /** A durable record is missing, altered or out of place: what this node has promised may be lost. */
  | 'JOURNAL_DAMAGED'
  /** A checkpoint, or all of them, cannot be read. No promise is concerned. */
  | 'CHECKPOINT_DAMAGED'
  /** There is no complete checkpoint of that slot, or none any more. */
  | 'CHECKPOINT_MISSING'
  /** Another process, or this one, has the data directory open. */
  | 'DIRECTORY_IN_USE'
  | 'DISK_FULL'
  | 'IO_ERROR'
  /** The data directory belongs to another node id. */
  | 'WRONG_NODE'
  /** There is a journal, but nothing says whose. */
  | 'IDENTITY_MISSING'
  | 'IDENTITY_DAMAGED'
  /** Written by a newer version of the program. */
  | 'NEWER_FORMAT'
  | 'NOT_A_DIRECTORY'
  /** The permissions, or a read-only file system, forbid to use the directory. */
  | 'DIRECTORY_NOT_WRITABLE'
  /** A backup is to be restored into a directory that has something in it. */
  | 'DIRECTORY_NOT_EMPTY'
  /** The directory holds files that are none of ours. */
  | 'FOREIGN_DIRECTORY'
  /** The journal, or the store of checkpoints, was closed. */
  | 'CLOSED';

/** The data directory cannot be used, or no longer: the node stops, the cluster goes on without it. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly code: StorageErrorCode;

  constructor(code: StorageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What to do with a node whose directory is of no use any more, as a clause. Where there are no others, nobody takes it in. */
export const startAnew =
  'move the directory away and start the node with an empty one, and it is taken in again as a new member would be; of a cluster of one ' +
  'node, the directory is all that there is';

/** `problem` is a clause that names the record: "record 7 is missing". */
export function journalDamaged(location: string, problem: string, options?: ErrorOptions): StorageError {
  return new StorageError(
    'JOURNAL_DAMAGED',
    `The journal in ${location} is damaged: ${problem}. What this node has promised may be lost, so it must not vote again. ` +
      `What was chosen is safe with the others, and they go on without this node: ${startAnew}. ` +
      'Do not put back an older copy, and do not repair the database by hand.',
    options,
  );
}

/** `problem` is a clause that names slot and chunk: "chunk 3 of the checkpoint of slot 7 is missing". */
export function checkpointDamaged(location: string, problem: string, options?: ErrorOptions): StorageError {
  return new StorageError(
    'CHECKPOINT_DAMAGED',
    `The checkpoints in ${location} are damaged: ${problem}. No promise is lost with that: the same state is to be had from ` +
      'an older checkpoint and the journal, or from the other nodes. Do not put back an older copy.',
    options,
  );
}

/** `what` is a noun phrase: "record 7 of the journal in /data/journal". */
export function newerFormat(what: string, cause: Error): StorageError {
  const message = `A newer version of the program wrote ${what} (${cause.message}). Start that version, or a later one.`;
  return new StorageError('NEWER_FORMAT', message, { cause });
}

/** An error of a system call, as an error that tells what to do. `doing` is a phrase: "write /data/identity.json". */
export function fromSystemError(error: unknown, doing: string): StorageError {
  if (error instanceof StorageError) return error;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const failed = `Cannot ${doing}: ${textOf(error)}.`;
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return diskFull(failed, error);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new StorageError(
        'DIRECTORY_NOT_WRITABLE',
        `${failed} Give the user that runs the node the right to read and write its data directory, or name another one.`,
        { cause: error },
      );
    case 'ENOTDIR':
    case 'EEXIST':
      return new StorageError('NOT_A_DIRECTORY', `${failed} Name a directory, or a path where one can be made.`, {
        cause: error,
      });
    default:
      return ioError(failed, error);
  }
}

/** An error of LevelDB while reading or writing, which names the system's error only in its text. */
export function fromLevelError(error: unknown, doing: string): StorageError {
  if (error instanceof StorageError) return error;
  const failed = `Cannot ${doing}: ${textOf(error)}.`;
  if (/no space left|quota exceeded|not enough space/i.test(textOf(error))) return diskFull(failed, error);
  return ioError(failed, error);
}

export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function diskFull(failed: string, cause: unknown): StorageError {
  return new StorageError('DISK_FULL', `${failed} Make room on the disk, then start the node again.`, { cause });
}

function ioError(failed: string, cause: unknown): StorageError {
  return new StorageError(
    'IO_ERROR',
    `${failed} Nothing written since may be trusted: find out what is wrong with the disk, then start the node again.`,
    { cause },
  );
}
