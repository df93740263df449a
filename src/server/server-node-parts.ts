import type { Logger } from 'pino';
import type { HandedBytes } from '../storage/handed-bytes.ts';
import type { Identity } from '../storage/identity.ts';
import type { CheckpointStore, Journal } from '../storage/ports.ts';
import type { ServerConfig } from './config.ts';

/** What a node is made of, when it is made. */
export interface ServerNodeParts {
  readonly config: ServerConfig;
  readonly identity: Identity;
  /** Open, as the checkpoints are, and the node's from now on. */
  readonly journal: Journal;
  readonly checkpoints: CheckpointStore;
  readonly handed: HandedBytes;
  readonly logger: Logger;
  readonly supportedLevel: number;
}
