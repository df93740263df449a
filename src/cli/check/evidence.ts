import type { NodeStatus } from '../cluster-probe.ts';
import type { ClusterStatus } from '../cluster-status.ts';
import type { HashComparison } from '../observe/hash-comparison.ts';
import type { VitalsReading } from '../observe/vitals-reading.ts';

/** Everything that a check looks at; it is judged without asking anybody again. */
export interface Evidence {
  readonly cluster: ClusterStatus;
  /** Of the members that have answered, by node id. */
  readonly statuses: ReadonlyMap<string, NodeStatus>;
  /** Two readings of each, some time apart; without those that tell nothing of the kind. */
  readonly vitals: ReadonlyMap<string, VitalsPair>;
  readonly hashes: HashComparison;
  /** What linearizable reads took, in ms; or why there are none. */
  readonly reads: { readonly durationsMs: readonly number[]; readonly problem: string | undefined };
}

export interface VitalsPair {
  readonly first: VitalsReading;
  readonly second: VitalsReading;
}
