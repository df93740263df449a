import type { NodeId } from '../wire/identifiers.ts';
import type { ClusterSettings, Incarnation, Member, Origin } from './record.ts';
import type { PaxosTiming } from './timing.ts';

/** Given at the start of the process; nothing of it changes. */
export interface PaxosOptions {
  readonly nodeId: NodeId;
  readonly incarnation: Incarnation;
  /** Started to be taken in by a cluster that exists: it never founds one, and waits until it is named as a member. */
  readonly joins: boolean;
  /** Random per start of the process. */
  readonly bootId: string;
  readonly clusterName: string;
  /** Sorted by node id; incarnations empty. Without meaning once the node belongs to a cluster. */
  readonly initial: readonly Member[];
  /** For the founder, if the cluster is yet to be born. */
  readonly freshClusterId: string;
  /** Likewise. */
  readonly settings: ClusterSettings;
  /** Of a data directory that was made from a backup: the state in it is that of `originSlot`. Absent: it began empty. */
  readonly origin?: Origin;
  readonly timing: PaxosTiming;
  readonly randomSeed: number;
  /** The highest feature level that this node carries out; default: that of this version. */
  readonly supportedLevel?: number;
}
