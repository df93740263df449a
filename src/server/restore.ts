import type { JournalRecord, Slot } from '../paxos/record.ts';
import type { CheckpointManifest, CheckpointStore } from '../storage/ports.ts';
import { StorageError } from '../storage/storage-error.ts';
import type { Driver } from './driver.ts';
import { readAhead } from './read-ahead.ts';

export interface RestoreParts {
  readonly driver: Pick<Driver, 'restore'>;
  readonly checkpoints: Pick<CheckpointStore, 'list' | 'read'>;
  readonly records: AsyncIterable<JournalRecord>;
  /** It cannot be read. */
  readonly onDamaged: (slot: Slot, problem: string) => void;
}

export interface Restored {
  /** 0: from no checkpoint. */
  readonly checkpointSlot: Slot;
  readonly checkpointMs: number;
  readonly journalMs: number;
  readonly records: number;
}

/** Gives the replica its past: a state, and what was journaled since. @throws StorageError, and what reading the records throws */
export async function restore({ driver, checkpoints, records, onDamaged }: RestoreParts): Promise<Restored> {
  const startedMs = performance.now();
  const checkpointSlot = await restoreCheckpoint(driver, checkpoints, onDamaged);
  const checkpointDoneMs = performance.now();
  let count = 0;
  for await (const record of readAhead(records)) {
    count += 1;
    if (!driver.restore({ type: 'restore', record })) break;
  }
  return {
    checkpointSlot,
    checkpointMs: Math.round(checkpointDoneMs - startedMs),
    journalMs: Math.round(performance.now() - checkpointDoneMs),
    records: count,
  };
}

/** The newest of which the replica can make use. Without any it goes by what the journal says of the state that it lacks. */
async function restoreCheckpoint(
  driver: RestoreParts['driver'],
  checkpoints: RestoreParts['checkpoints'],
  onDamaged: RestoreParts['onDamaged'],
): Promise<Slot> {
  const newestFirst = await checkpoints.list();
  for (const [index, manifest] of newestFirst.entries()) {
    try {
      if (await isTaken(driver, checkpoints, manifest, newestFirst[index + 1])) return manifest.slot;
    } catch (error) {
      if (!(error instanceof StorageError) || error.code !== 'CHECKPOINT_DAMAGED') throw error;
      onDamaged(manifest.slot, error.message);
    }
  }
  return 0;
}

async function isTaken(
  driver: RestoreParts['driver'],
  checkpoints: RestoreParts['checkpoints'],
  checkpoint: CheckpointManifest,
  older: CheckpointManifest | undefined,
): Promise<boolean> {
  const { slot } = checkpoint;
  for await (const bytes of readAhead(checkpoints.read(slot))) {
    if (!driver.restore({ type: 'restoreChunk', slot, bytes })) return false;
  }
  return driver.restore({ type: 'restoreCheckpoint', checkpoint, older });
}
