import { setImmediate as nextRound } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { Machine } from '../../machine/machine.ts';
import type { State } from '../../machine/state.ts';
import { problemOfOwn } from '../../replica/checkpoint-problem.ts';
import { UndecodableState } from '../../replica/halt.ts';
import type { BackupHeader, BackupTrailer } from '../../storage/backup-codec.ts';
import { backupDamaged, newerBackup } from '../../storage/backup-error.ts';
import { BackupReader } from '../../storage/backup-reader.ts';

/** A backup of which everything was verified. */
export interface Backup {
  readonly file: string;
  readonly header: BackupHeader;
  readonly trailer: BackupTrailer;
  readonly fileBytes: number;
  readonly state: State;
}

/**
 * Reads a backup, verifies every byte, makes a state of it in memory, and compares that with what its header says. `onRead` is told how
 * much of the file has been read.
 *
 * @throws BackupError; the signal's reason
 */
export async function readBackup(
  file: string,
  signal: AbortSignal,
  onRead: (bytes: number, fileBytes: number) => void = () => undefined,
): Promise<Backup> {
  const reader = await BackupReader.open(file);
  try {
    const machine = new Machine({ checksum: crc32 });
    const stateReader = machine.snapshotReader();
    for await (const chunk of reader.chunks()) {
      signal.throwIfAborted();
      demand(file, () => {
        stateReader.take(chunk);
        return true;
      });
      onRead(reader.position, reader.fileBytes);
      await nextRound(); // lets signals in
    }
    const { header, trailer, position: fileBytes } = reader;
    if (trailer === undefined) throw backupDamaged(file, 'it has no end');
    let state: State | undefined;
    demand(file, () => {
      state = stateReader.finish();
      return state.hash === header.stateHash && state.history.revision === header.revision;
    });
    if (state === undefined) throw backupDamaged(file, 'it holds no state');
    return { file, header, trailer, fileBytes, state };
  } finally {
    await reader.close();
  }
}

/** Chunks that are intact and make no state, or another one, were damaged before they were written. @throws BackupError */
function demand(file: string, step: () => boolean): void {
  let problem: string | undefined;
  try {
    problem = problemOfOwn(step);
  } catch (error) {
    if (error instanceof UndecodableState) throw newerBackup(file, error);
    throw error;
  }
  if (problem !== undefined) throw backupDamaged(file, `its chunks are intact, but: ${problem}`);
}
