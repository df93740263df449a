import type { ReadOnlyCopy } from '../../storage/read-only-copy.ts';
import { StorageError, type StorageErrorCode } from '../../storage/storage-error.ts';
import type { PartHealth } from './directory-report.ts';

/** Of these the directory is not the cause, or they concern all of it. */
const faultsOfNoPart: readonly StorageErrorCode[] = [
  'DISK_FULL',
  'DIRECTORY_IN_USE',
  'DIRECTORY_NOT_WRITABLE',
  'FOREIGN_DIRECTORY',
];

/** An error of reading, as the health of the part that was read. @throws the error, if it is none of that part */
export function healthAfter(error: unknown): PartHealth {
  if (!(error instanceof StorageError) || faultsOfNoPart.includes(error.code)) throw error;
  return { status: error.code === 'NEWER_FORMAT' ? 'newer' : 'damaged', problem: error.message };
}

/** An error that was met in the copy, as one of the original. */
export function inOriginal(copy: ReadOnlyCopy, error: unknown): unknown {
  if (!(error instanceof StorageError)) return error;
  if (error.code !== 'DISK_FULL')
    return new StorageError(error.code, copy.originalText(error.message), { cause: error });
  const message = `There is no room for what LevelDB writes to open a database, in ${copy.directory}; another place is named by TMPDIR.`;
  return new StorageError('DISK_FULL', message, { cause: error });
}
