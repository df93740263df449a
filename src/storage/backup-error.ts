import { systemCode } from './durable-files.ts';
import { textOf } from './storage-error.ts';

/** What can be wrong with the file of a backup. The codes are stable; each message says what to do. */
export type BackupErrorCode =
  /** It is not what was written: a byte was changed, or something is missing or too much. */
  | 'BACKUP_DAMAGED'
  /** It does not begin as a backup does. */
  | 'NOT_A_BACKUP'
  /** Written by a newer version of the program. */
  | 'NEWER_FORMAT'
  | 'FILE_EXISTS'
  | 'FILE_NOT_READABLE'
  | 'FILE_NOT_WRITABLE'
  | 'DISK_FULL';

export class BackupError extends Error {
  override readonly name = 'BackupError';
  readonly code: BackupErrorCode;

  constructor(code: BackupErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** `problem` is a clause: "chunk 3 does not match its checksum". */
export function backupDamaged(file: string, problem: string, options?: ErrorOptions): BackupError {
  const message = `The backup ${file} is damaged: ${problem}. Nothing of it can be relied upon: use another backup.`;
  return new BackupError('BACKUP_DAMAGED', message, options);
}

export function newerBackup(file: string, cause: Error): BackupError {
  const message = `A newer version of the program wrote ${file} (${cause.message}). Use that version, or a later one.`;
  return new BackupError('NEWER_FORMAT', message, { cause });
}

export function notReadable(file: string, error: unknown): BackupError {
  if (error instanceof BackupError) return error;
  return new BackupError('FILE_NOT_READABLE', `${file} cannot be read: ${textOf(error)}.`, { cause: error });
}

export function notWritable(file: string, error: unknown): BackupError {
  if (error instanceof BackupError) return error;
  const code = systemCode(error);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new BackupError('DISK_FULL', `There is no room for ${file}: ${textOf(error)}.`, { cause: error });
  }
  return new BackupError('FILE_NOT_WRITABLE', `${file} cannot be written: ${textOf(error)}.`, { cause: error });
}

export function fileExists(file: string, advice: string, cause?: unknown): BackupError {
  return new BackupError('FILE_EXISTS', `There is a file ${file} already: ${advice}.`, { cause });
}
