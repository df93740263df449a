import type { Logger } from 'pino';
import { HandedBytes } from '../storage/handed-bytes.ts';
import { openIdentity } from '../storage/identity.ts';
import { LevelJournal } from '../storage/level-journal.ts';
import type { CheckpointStore } from '../storage/ports.ts';
import { supportedFeatureLevel } from '../wire/feature-level.ts';
import type { ServerConfig } from './config.ts';
import { JournaledMembers } from './journaled-members.ts';
import { createLogger } from './logger.ts';
import { openCheckpoints } from './open-checkpoints.ts';
import type { RunningNode } from './running-node.ts';
import { ServerNode } from './server-node.ts';

export interface StartOptions {
  /** Default: JSON lines on standard output. */
  readonly logger?: Logger | undefined;
  /** For tests of upgrades: carry out no more than this feature level, as an older version would; default: that of this version. */
  readonly supportedLevel?: number | undefined;
}

/**
 * Starts a node in this process and resolves once it serves its ports, or has halted; whether it knows a leader is told by `report`
 * and by /readyz.
 *
 * @throws ServerError, StorageError
 */
export async function startNode(config: ServerConfig, options: StartOptions = {}): Promise<RunningNode> {
  const logger = options.logger ?? createLogger(config);
  logger.info({ event: 'starting', config }, `node ${config.id} is starting`);
  const identity = await openIdentity(config.dataDir, config.id);
  const handed = new HandedBytes();
  const journal = new LevelJournal(config.dataDir, (bytes) => {
    handed.journal += bytes;
  });
  await journal.open();
  const checkpoints = await openBeside(journal, config, handed, logger);
  const { supportedLevel = supportedFeatureLevel } = options;
  const node = new ServerNode({ config, identity, journal, checkpoints, handed, logger, supportedLevel });
  try {
    await node.start();
    const { witnessProblem } = journal;
    if (witnessProblem !== undefined) logger.warn({ event: 'witness-damaged' }, witnessProblem);
  } catch (error) {
    await node.stop();
    throw error;
  }
  return node;
}

/** Nothing stays open if it fails. */
async function openBeside(
  journal: LevelJournal,
  config: ServerConfig,
  handed: HandedBytes,
  logger: Logger,
): Promise<CheckpointStore> {
  try {
    return await openCheckpoints(config.dataDir, {
      isAlone: async () => await mayBeOnlyVoter(journal, config),
      handed,
      onDamage: (text) => logger.warn({ event: 'checkpoint-damaged' }, text),
    });
  } catch (error) {
    await journal.close().catch(() => undefined); // the first error tells more
    throw error;
  }
}

/** What it was started with says how the cluster began, not what it has become. */
async function mayBeOnlyVoter(journal: LevelJournal, { id, initial }: ServerConfig): Promise<boolean> {
  const members = new JournaledMembers();
  for await (const record of journal.scan()) members.take(record);
  return members.ruling === undefined ? initial.length === 1 : members.mayBeOnlyVoter(id);
}
