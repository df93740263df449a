import type { PaxosOptions } from '../paxos/paxos.ts';

/** Those of the consensus in it; `randomSeed` also numbers the questions to other nodes. */
export interface ReplicaOptions extends PaxosOptions {
  /** CRC-32. */
  readonly checksum: (bytes: Uint8Array) => number;
  /** In place of that of `replicaLimits`. */
  readonly checkpointJournalBytes?: number;
}
