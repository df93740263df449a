import type { PaxosMessage } from '../paxos/messages.ts';
import type { Slot } from '../paxos/record.ts';
import type { SessionRef } from '../wire/frame.ts';
import type { SessionId } from '../wire/identifiers.ts';
import type { Checkpoint } from './checkpoint.ts';

/**
 * Everything that travels between nodes: the consensus protocol, what followers ask of the leader for their clients, and states for
 * nodes that have fallen behind.
 */
export type PeerMessage = PaxosMessage | ServiceMessage | CheckpointMessage;

export type ServiceMessage =
  | Forward
  | ForwardRefused
  | RelayedKeepAlive
  | RelayedKeepAliveAnswer
  | ReadPoint
  | ReadPointAnswer;

export type CheckpointMessage = CheckpointQuery | CheckpointOffer | ChunkRequest | Chunk;

/** Commands of the sender's clients, in their order, for the leader to queue. */
export interface Forward {
  readonly type: 'forward';
  /** Rising per sender and boot. */
  readonly id: number;
  readonly operations: readonly Uint8Array[];
}

/** The receiver is no serving leader or has no room: nothing of that forward was queued. */
export interface ForwardRefused {
  readonly type: 'forwardRefused';
  readonly id: number;
  readonly code: 'NOT_LEADER' | 'BUSY';
}

/** Keep-alives of the sender's clients. */
export interface RelayedKeepAlive {
  readonly type: 'relayedKeepAlive';
  /** Rising per sender; matches the answer. */
  readonly id: number;
  readonly sessions: readonly SessionRef[];
}

/** Only from a leader that surely leads. */
export interface RelayedKeepAliveAnswer {
  readonly type: 'relayedKeepAliveAnswer';
  readonly id: number;
  readonly alive: readonly SessionId[];
  readonly ended: readonly SessionId[];
}

/** How far must I have applied to answer reads that I hold now? */
export interface ReadPoint {
  readonly type: 'readPoint';
  readonly id: number;
}

/** Everything acknowledged before the question was asked is at or below `slot`. */
export interface ReadPointAnswer {
  readonly type: 'readPointAnswer';
  readonly id: number;
  readonly slot: Slot;
}

/** Have you a state after a slot above this one? */
export interface CheckpointQuery {
  readonly type: 'checkpointQuery';
  readonly id: number;
  readonly aboveSlot: Slot;
}

/** The newest one, or none. */
export interface CheckpointOffer {
  readonly type: 'checkpointOffer';
  readonly id: number;
  readonly checkpoint: Checkpoint | undefined;
}

/** A part of the state that was offered under this id. */
export interface ChunkRequest {
  readonly type: 'chunkRequest';
  readonly id: number;
  readonly slot: Slot;
  readonly index: number;
}

export interface Chunk {
  readonly type: 'chunk';
  readonly id: number;
  readonly slot: Slot;
  readonly index: number;
  /** Undefined: the sender does not have it any more. */
  readonly bytes: Uint8Array | undefined;
}
