import type { Ballot } from '../wire/ballot.ts';
import type { NodeId } from '../wire/identifiers.ts';

/** Position in the replicated log: 1, 2, 3, … (slot 0 is the genesis). */
export type Slot = number;

/** Minted with a data directory: tells a member from a stranger that took its name. */
export type Incarnation = string;

export interface AcceptedSlot {
  readonly slot: Slot;
  readonly ballot: Ballot;
  /** A serialised batch of operations. */
  readonly value: Uint8Array;
  /** Learned as chosen, not accepted by vote. */
  readonly chosen: boolean;
}

/**
 * One group commit: everything that must be durable before the messages that wait for it may leave. `journal.proto` is
 * its form on disk, where the chain of checksums is added.
 */
export interface JournalRecord {
  /** 1, 2, 3, … without a hole. */
  readonly sequence: number;
  readonly promised: Ballot;
  readonly chosenThrough: Slot;
  /** For the slots up to it a checkpoint stands: whatever the journal says of their values does not count. */
  readonly trimmedThrough: Slot;
  readonly accepted: readonly AcceptedSlot[];
  readonly seen: readonly SeenSequence[];
  readonly genesis: Genesis | undefined;
  readonly formed: boolean;
  /** Told by others, or of slots that are given up: a chosen one is in its slot. */
  readonly configuration: Configuration | undefined;
}

/** What the records up to some point say that still counts once a checkpoint stands for the slots that they hold. */
export type JournalSummary = Omit<JournalRecord, 'sequence' | 'accepted'>;

/** The highest journal sequence that a member was seen to claim: it tells when its directory has been rolled back. */
export interface SeenSequence {
  readonly nodeId: NodeId;
  readonly incarnation: Incarnation;
  readonly sequence: number;
}

/** Names the state that a cluster was restored to: SHA-256 of its canonical form. */
export type Origin = string;

/** In a cluster that was restored, the first slot stands for the state with which all of its members have begun. */
export const originSlot: Slot = 1;

/** Slot 0: who the cluster is. */
export interface Genesis {
  readonly clusterId: string;
  readonly clusterName: string;
  /** Sorted by node id. */
  readonly members: readonly Member[];
  readonly settings: ClusterSettings;
  /** Absent: the cluster has begun with an empty state. */
  readonly origin?: Origin;
}

export interface Member {
  readonly nodeId: NodeId;
  readonly incarnation: Incarnation;
  readonly address: string;
}

/** What a member is there for. `joining`: a learner that is made a voter once it has caught up. */
export const standings = ['voter', 'learner', 'joining'] as const;
export type Standing = (typeof standings)[number];

export interface ClusterMember extends Member {
  readonly standing: Standing;
  /** Of one that joins: the member that leaves when it becomes a voter; empty: none. */
  readonly replaces: NodeId | '';
}

/** The members that rule the slots above `slot`, in which they were chosen; 0: the genesis. */
export interface Configuration {
  readonly slot: Slot;
  /** Sorted by node id. */
  readonly members: readonly ClusterMember[];
}

export interface ClusterSettings {
  /** T: how long a grant binds. */
  readonly leaseMs: number;
  /** ε in parts per thousand: every clock's rate is within 1 ± ε of true time. */
  readonly clockDriftPermille: number;
  /** Reads and keep-alives trust the leader's lease; else each confirms leadership with a quorum. */
  readonly leases: boolean;
}
