import type { HaltCode } from '../paxos/effects.ts';
import type { Slot } from '../paxos/record.ts';
import type { NodeId, Revision } from '../wire/identifiers.ts';

/** What operators and metrics see of a replica, beside the status of its consensus. */
export interface ReplicaStatus {
  readonly nodeId: NodeId;
  readonly halted: HaltCode | undefined;
  readonly serving: boolean;
  readonly revision: Revision;
  readonly applied: Slot;
  /** Of the state after `applied`. */
  readonly hash: string;
  readonly sessions: number;
  readonly connections: number;
  readonly watches: number;
  readonly laggingWatches: number;
  readonly waitingForLocks: number;
  readonly pendingCommands: number;
  readonly pendingReads: number;
  readonly queuedOperations: number;
  /** Of the newest checkpoint on the disk; 0: none. */
  readonly checkpointSlot: Slot;
  readonly checkpointBytes: number;
  /** Journaled since. */
  readonly journaledBytes: number;
  /** A state that another node sends; undefined: none. */
  readonly receiving: { readonly slot: Slot; readonly stored: number; readonly chunks: number } | undefined;
}
