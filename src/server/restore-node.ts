import type { Logger } from 'pino';
import type { Replica } from '../replica/replica.ts';
import type { CheckpointStore, Journal } from '../storage/ports.ts';
import type { CheckpointKeeper } from './checkpoint-keeper.ts';
import type { Driver } from './driver.ts';
import type { NoticeBoard } from './notice-board.ts';
import { restore } from './restore.ts';

export interface RestoreNodeParts {
  readonly replica: Replica;
  readonly driver: Driver;
  readonly journal: Journal;
  readonly checkpoints: CheckpointStore;
  readonly keeper: CheckpointKeeper;
  readonly notices: NoticeBoard;
  readonly logger: Logger;
}

/** Gives a replica its past, and tells operators what was found of it. @throws StorageError */
export async function restoreNode(parts: RestoreNodeParts): Promise<void> {
  const { replica, driver, journal, checkpoints, keeper, notices, logger } = parts;
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
  if (replica.paxos.canApply) return;
  const remedy = replica.paxos.members.length > 1 ? 'another node must send it' : 'and there is no other node';
  notices.tell('state-missing', `no checkpoint has the state that the journal goes on from: ${remedy}`);
}
