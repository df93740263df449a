import type { Revision, Sequence, SessionId } from '../wire/identifiers.ts';
import type { Operation } from '../wire/operation.ts';
import type { SessionView } from './sessions.ts';

/** What a slot did, each list in the order in which it came about. */
export interface Applied {
  readonly operations: readonly AppliedOperation[];
  readonly opened: readonly SessionView[];
  /** As they are after the slot. */
  readonly resumed: readonly SessionView[];
  readonly ended: readonly SessionId[];
  /** Acquisitions that had been answered `queued` and got their lock. */
  readonly grants: readonly LockGrant[];
  /** Acquisitions that an operator has ended. */
  readonly revoked: readonly AcquisitionId[];
  /** Locks that a lock-delay has begun to keep closed, and those that none keeps closed any more. */
  readonly delaysBegun: readonly LockDelay[];
  readonly delaysEnded: readonly string[];
}

/** A lock is closed, since the session of its holder has expired. */
export interface LockDelay {
  readonly name: string;
  /** Names this delay among those of the lock. */
  readonly sinceRevision: Revision;
  readonly delayMs: number;
}

export interface AcquisitionId {
  readonly sessionId: SessionId;
  readonly sequence: Sequence;
}

export interface HeldLock extends AcquisitionId {
  readonly name: string;
}

export interface AppliedOperation {
  /** Its keys and values are slices of the batch. */
  readonly operation: Operation;
  /** An encoded Result; undefined for what the leader itself proposed. */
  readonly result: Uint8Array | undefined;
  /** The result says so: it has had no effect for now, and may come again, after those before it or with more acknowledged. */
  readonly postponed: 'OUT_OF_ORDER' | 'BUSY' | undefined;
}

/** A waiter got its lock. */
export interface LockGrant extends AcquisitionId {
  /** Of several, the first. */
  readonly name: string;
  /** The fencing token; of a permit its id. */
  readonly token: number;
}

/** Where commands note what concerns others than the one who is answered. */
export interface Consequences {
  readonly opened: SessionView[];
  readonly resumed: SessionView[];
  readonly ended: SessionId[];
  readonly grants: LockGrant[];
  readonly revoked: AcquisitionId[];
  readonly delaysBegun: LockDelay[];
  readonly delaysEnded: string[];
}
