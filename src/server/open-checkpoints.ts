import type { HandedBytes } from '../storage/handed-bytes.ts';
import { discardCheckpoints, LevelCheckpoints } from '../storage/level-checkpoints.ts';
import type { CheckpointStore } from '../storage/ports.ts';
import { StorageError } from '../storage/storage-error.ts';

/**
 * The checkpoints of a data directory. If LevelDB can make nothing of them, they are deleted, and `onDamage` is told why.
 * The only voter keeps them, for nobody else is sure to have that state: it does not start.
 *
 * @throws StorageError
 */
export async function openCheckpoints(
  dataDir: string,
  {
    isAlone,
    handed,
    onDamage,
  }: {
    readonly isAlone: () => Promise<boolean>;
    readonly handed: HandedBytes;
    readonly onDamage: (text: string) => void;
  },
): Promise<CheckpointStore> {
  try {
    return await opened(dataDir, handed);
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== 'CHECKPOINT_DAMAGED' || (await isAlone())) throw error;
    onDamage(`all checkpoints are dropped: ${error.message}`);
    await discardCheckpoints(dataDir);
    return await opened(dataDir, handed);
  }
}

/** An empty store in place of one that LevelDB does not write any more. @throws StorageError */
export async function replaceCheckpoints(
  dataDir: string,
  damaged: CheckpointStore,
  handed: HandedBytes,
): Promise<CheckpointStore> {
  await damaged.close();
  await discardCheckpoints(dataDir);
  return await opened(dataDir, handed);
}

async function opened(dataDir: string, handed: HandedBytes): Promise<CheckpointStore> {
  const store = new LevelCheckpoints(dataDir, (bytes) => {
    handed.checkpoints += bytes;
  });
  await store.open();
  return store;
}
