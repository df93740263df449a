import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { JournalRecord } from '../../src/paxos/record.ts';
import type { Journal } from '../../src/storage/ports.ts';
import { StorageError, type StorageErrorCode } from '../../src/storage/storage-error.ts';
import { started } from './started.ts';

/** An empty directory that goes away after the test. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'conclave-storage-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

export async function appendAll(journal: Journal, records: readonly JournalRecord[]): Promise<void> {
  for (const record of records) await journal.append(record);
}

/** Opens, appends and closes again. */
export async function filled(journal: Journal, records: readonly JournalRecord[]): Promise<void> {
  await started(journal);
  await appendAll(journal, records);
  await journal.close();
}

/** The error of the operation, which must fail with that code. */
export async function storageError(operation: Promise<unknown>, code: StorageErrorCode): Promise<StorageError> {
  const error = await operation.then(
    () => new Error('it succeeded'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof StorageError) || error.code !== code) {
    throw new Error(`expected ${code}, got ${String(error)}`, { cause: error });
  }
  return error;
}
