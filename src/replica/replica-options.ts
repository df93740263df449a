import type { PaxosTiming } from '../paxos/paxos.ts';
import type { ClusterSettings, Incarnation, Member } from '../paxos/record.ts';
import type { NodeId } from '../wire/identifiers.ts';

export interface ReplicaOptions {
  readonly nodeId: NodeId;
  readonly incarnation: Incarnation;
  /** Random per start of the process. */
  readonly bootId: string;
  readonly clusterName: string;
  /** The members as configured; their incarnations are empty. */
  readonly initial: readonly Member[];
  /** Used only by the founder of a new cluster. */
  readonly freshClusterId: string;
  /** Used only by the founder of a new cluster; afterwards those in the log rule. */
  readonly settings: ClusterSettings;
  readonly timing: PaxosTiming;
  /** Random per start of the process: questions to other nodes are numbered from it. */
  readonly randomSeed: number;
  /** CRC-32. */
  readonly checksum: (bytes: Uint8Array) => number;
}
