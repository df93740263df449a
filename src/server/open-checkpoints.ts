import { discardCheckpoints, LevelCheckpoints } from '../storage/level-checkpoints.ts';
import type { CheckpointStore } from '../storage/ports.ts';
import { StorageError } from '../storage/storage-error.ts';

/**
 * The checkpoints of a data directory. If LevelDB can make nothing of them, they are deleted, and `onDamage` is told why.
 * A node without others keeps them, for nobody else has that state: it does not start.
 *
 * @throws StorageError
 */
export async function openCheckpoints(
  dataDir: string,
  { isAlone, onDamage }: { readonly isAlone: () => Promise<boolean>; readonly onDamage: (text: string) => void },
): Promise<CheckpointStore> {
  try {
    return await opened(dataDir);
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== 'CHECKPOINT_DAMAGED' || (await isAlone())) throw error;
    onDamage(`all checkpoints are dropped: ${error.message}`);
    await discardCheckpoints(dataDir);
    return await opened(dataDir);
  }
}

/** An empty store in place of one that LevelDB does not write any more. @throws StorageError */
export async function replaceCheckpoints(dataDir: string, damaged: CheckpointStore): Promise<CheckpointStore> {
  await damaged.close();
  await discardCheckpoints(dataDir);
  return await opened(dataDir);
}

async function opened(dataDir: string): Promise<CheckpointStore> {
  const store = new LevelCheckpoints(dataDir);
  await store.open();
  return store;
}
