/** Nodes inside of a program: `import { startNode, resolveConfig } from 'conclave/server'`. */
export type { NodeReport, NodeState } from '../rpc/admin-definition.ts';
export { StorageError, type StorageErrorCode } from '../storage/storage-error.ts';
export {
  type ConfigSources,
  logLevels,
  type RawSettings,
  resolveConfig,
  type ServerConfig,
  settingNames,
  variableOf,
} from './config.ts';
export { readConfigFile } from './config-file.ts';
export type { NodeHalt, NodeHaltCode } from './halt.ts';
export { type StartOptions, startNode } from './node.ts';
export type { RunningNode } from './running-node.ts';
export { ServerError, type ServerErrorCode } from './server-error.ts';
