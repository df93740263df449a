import type { PaxosMessage } from '../paxos/messages.ts';
import type { Slot } from '../paxos/record.ts';
import type { SessionRef } from '../wire/frame.ts';
import type { SessionId } from '../wire/identifiers.ts';

/** Everything that travels between nodes: the consensus protocol, and what followers ask of the leader for their clients. */
export type PeerMessage = PaxosMessage | ServiceMessage;

export type ServiceMessage =
  | Forward
  | ForwardRefused
  | RelayedKeepAlive
  | RelayedKeepAliveAnswer
  | ReadPoint
  | ReadPointAnswer;

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
