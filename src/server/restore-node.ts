import path from 'node:path';
import type { Logger } from 'pino';
import { originSlot } from '../paxos/record.ts';
import type { Replica } from '../replica/replica.ts';
import type { CheckpointStore, Journal } from '../storage/ports.ts';
import { checkpointDamaged, journalDamaged } from '../storage/storage-error.ts';
import type { CheckpointKeeper } from './checkpoint-keeper.ts';
import type { Driver } from './driver.ts';
import { isOnlyVoter } from './members.ts';
import type { NoticeBoard } from './notice-board.ts';
import { restore } from './restore.ts';

export interface RestoreNodeParts {
  readonly dataDir: string;
  readonly replica: Replica;
  readonly driver: Driver;
  readonly journal: Journal;
  readonly checkpoints: CheckpointStore;
  readonly keeper: CheckpointKeeper;
  readonly notices: NoticeBoard;
  readonly logger: Logger;
}

/**
 * Gives a replica its past, and tells operators what was found of it.
 *
 * @throws StorageError, also if what is missing is with nobody else: then nothing is deleted
 */
export async function restoreNode(parts: RestoreNodeParts): Promise<void> {
  const { dataDir, replica, driver, journal, checkpoints, keeper, notices, logger } = parts;
  for (const { slot, problem } of checkpoints.damaged) {
    notices.tell('checkpoint-damaged', `the checkpoint of slot ${slot} cannot be used: ${problem}`);
  }
  const restored = await restore({
    driver,
    checkpoints,
    records: journal.scan(),
    onDamaged: (slot, problem) => keeper.drop(slot, problem),
  });
  const { checkpointSlot, records } = restored;
  const from = checkpointSlot === 0 ? '' : `the checkpoint of slot ${checkpointSlot} and `;
  logger.info({ event: 'restored', ...restored }, `restored from ${from}${records} records of the journal`);
  if (driver.stopped) return;
  // A cluster would be founded anew, on an old state.
  if (records === 0 && (await hasOwnCheckpoint(checkpoints))) {
    throw journalDamaged(path.join(dataDir, 'journal'), 'there are checkpoints, and no record that they were made of');
  }
  if (replica.paxos.canApply) return;
  const missing = 'no checkpoint has the state that the journal goes on from';
  if (isOnlyVoter(replica.paxos.members, replica.status().nodeId)) {
    throw checkpointDamaged(path.join(dataDir, 'checkpoint'), `${missing}, and there is no other voter that has it`);
  }
  notices.tell('state-missing', `${missing}: another node must send it`);
}

/** Not only the one with which a directory begins that was made from a backup. */
async function hasOwnCheckpoint(checkpoints: CheckpointStore): Promise<boolean> {
  return (await checkpoints.list()).some(({ slot }) => slot > originSlot);
}
