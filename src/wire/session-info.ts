import type { Sequence, SessionId } from './identifiers.ts';
import type { LockMode } from './lock-operation.ts';

/** What a program says of itself to operators. */
export interface SessionMetadata {
  readonly name: string;
  readonly value: string;
}

/** A lock, a permit, or several locks at once, that a session holds or waits for. */
export interface SessionLock {
  readonly name: string;
  /** Of several locks at once, the others. */
  readonly otherNames: readonly string[];
  readonly mode: LockMode;
  /** Of a permit: how many may be held at a time; else 0. */
  readonly permits: number;
  /** The number of the command that asked for it. */
  readonly sequence: Sequence;
  /** The fencing token, or the id of a permit; 0 while it waits. */
  readonly token: number;
}

/**
 * A live session, as anybody may see it: without the secret by which it is resumed, and without the time that it has left, which
 * is not replicated: the leader alone counts it.
 */
export interface SessionInfo {
  readonly sessionId: SessionId;
  readonly generation: number;
  readonly ttlMs: number;
  readonly name: string;
  readonly metadata: readonly SessionMetadata[];
  readonly ephemeralKeys: number;
  /** In the order of asking. */
  readonly held: readonly SessionLock[];
  /** Places in queues, in the order of asking. */
  readonly waiting: readonly SessionLock[];
  /** It has more locks and places than one answer can hold. */
  readonly moreLocks: boolean;
}
