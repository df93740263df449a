import { createHash } from 'node:crypto';
import { setImmediate as nextRound } from 'node:timers/promises';
import type { State } from '../../machine/state.ts';
import { stateChunks } from '../../machine/state-writer.ts';
import { originSlot } from '../../paxos/record.ts';
import { replicaLimits } from '../../replica/limits.ts';
import { type IdentityOrigin, makeRestoredDirectory } from '../../storage/identity.ts';
import { LevelCheckpoints } from '../../storage/level-checkpoints.ts';
import { emptyBytes } from '../../wire/bytes.ts';
import type { NodeId } from '../../wire/identifiers.ts';
import type { Backup } from './read-backup.ts';

/** What the members of the new cluster say of the state that they begin with. */
export async function originOf({ header }: Backup, state: State, signal: AbortSignal): Promise<IdentityOrigin> {
  const digest = createHash('sha256');
  for (const chunk of stateChunks(state, replicaLimits.checkpointChunkBytes)) {
    digest.update(chunk);
    await nextRound();
    signal.throwIfAborted();
  }
  const { clusterId, slot, revision } = header;
  return {
    digest: digest.digest('hex'),
    revision: state.history.revision,
    backup: { clusterId, slot, revision, createdAt: new Date(header.createdAtMs).toISOString() },
  };
}

/**
 * Makes the data directory of one member: the state is its checkpoint, at the slot for which it stands. Nothing is left if this throws.
 *
 * @throws StorageError; the signal's reason
 */
export async function restoreDirectory(
  directory: string,
  nodeId: string,
  state: State,
  origin: IdentityOrigin,
  signal: AbortSignal,
): Promise<void> {
  await makeRestoredDirectory(directory, nodeId as NodeId, origin, () => writeState(directory, state, signal));
}

async function writeState(directory: string, state: State, signal: AbortSignal): Promise<void> {
  const store = new LevelCheckpoints(directory);
  await store.open();
  try {
    const writer = store.begin(originSlot);
    const written = { chunks: 0, bytes: 0 };
    for (const chunk of stateChunks(state, replicaLimits.checkpointChunkBytes)) {
      signal.throwIfAborted();
      await writer.append(chunk);
      written.chunks += 1;
      written.bytes += chunk.length;
    }
    const { revision } = state.history;
    await writer.finish({ slot: originSlot, revision, hash: state.hash, ...written, header: emptyBytes });
    await store.verify(originSlot);
  } finally {
    await store.close();
  }
}
