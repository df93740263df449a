import type { Logger } from 'pino';
import { openIdentity } from '../storage/identity.ts';
import { LevelJournal } from '../storage/level-journal.ts';
import type { ServerConfig } from './config.ts';
import { createLogger } from './logger.ts';
import { type RunningNode, ServerNode } from './server-node.ts';

export interface StartOptions {
  /** Default: JSON lines on standard output. */
  readonly logger?: Logger | undefined;
}

/**
 * Starts a node in this process and resolves once it serves its ports; whether it knows a leader is told by `report` and by
 * /readyz.
 *
 * @throws ServerError, StorageError
 */
export async function startNode(config: ServerConfig, options: StartOptions = {}): Promise<RunningNode> {
  const logger = options.logger ?? createLogger(config);
  logger.info({ event: 'starting', config }, `node ${config.id} is starting`);
  const identity = await openIdentity(config.dataDir, config.id);
  const journal = new LevelJournal(config.dataDir);
  await journal.open();
  const node = new ServerNode({ config, incarnation: identity.incarnation, journal, logger });
  try {
    await node.start();
  } catch (error) {
    await node.stop();
    throw error;
  }
  return node;
}
