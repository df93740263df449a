import type { Revision, Sequence, SessionId } from './identifiers.ts';
import type { Consistency } from './operation.ts';

/**
 * exclusive: alone · shared: beside others that are shared · permit: beside other permits, as long as they are fewer than it names.
 */
export type LockMode = 'exclusive' | 'shared' | 'permit';

export interface LockAcquire {
  readonly kind: 'lockAcquire';
  readonly name: string;
  /** False: refused at once if it would have to wait. */
  readonly wait: boolean;
  /** Undefined: exclusive, one name, no delay, no note. */
  readonly terms?: LockTerms | undefined;
}

export interface LockTerms {
  readonly mode: LockMode;
  /** Of a permit: how many may be held at a time, itself included; else 0. */
  readonly permits: number;
  /** More locks, granted together with the first one. All names ascend. Exclusive only. */
  readonly otherNames: readonly string[];
  /** If the holder's session expires, nobody is granted for so long. Not for permits. */
  readonly delayMs: number;
  /** Whatever the holder wants others to read. */
  readonly note: Uint8Array;
}

/** On what names an acquisition waits or holds, and how. */
export type LockCommand =
  | LockAcquire
  | { readonly kind: 'lockCancel'; readonly name: string; readonly sequence: Sequence }
  | { readonly kind: 'lockRelease'; readonly name: string; readonly sequence: Sequence }
  | { readonly kind: 'lockForceRelease'; readonly name: string; readonly token: number }
  | {
      readonly kind: 'lockSetNote';
      readonly name: string;
      readonly sequence: Sequence;
      readonly note: Uint8Array;
    };

export type LockRead =
  | { readonly kind: 'lockGet'; readonly name: string; readonly consistency: Consistency }
  | {
      readonly kind: 'lockInspect';
      readonly name: string;
      readonly consistency: Consistency;
      /** Of holders and of waiters each; 0: as many as are told at a time, see `limits.lockParties`. */
      readonly limit: number;
    };

/** The time of a lock-delay is over. Without effect if that delay is not in force any more. */
export interface EndLockDelay {
  readonly kind: 'endLockDelay';
  readonly name: string;
  /** When the lock was closed: which delay is meant. */
  readonly sinceRevision: Revision;
}

export type LockResult =
  | { readonly kind: 'lock'; readonly state: 'queued' | 'held' | 'refused'; readonly token: number }
  | { readonly kind: 'lockCancelled'; readonly state: 'absent' | 'withdrawn' | 'released' }
  | { readonly kind: 'lockReleased'; readonly released: boolean }
  /** How many holders had that token. */
  | { readonly kind: 'lockForceReleased'; readonly released: number }
  /** False: the acquisition is over. */
  | { readonly kind: 'lockNoted'; readonly noted: boolean }
  | LockState
  | LockDetails;

export interface LockState {
  readonly kind: 'lockState';
  /** The first of those who hold it. */
  readonly holder: LockHolder | undefined;
  readonly holders: number;
  readonly waiters: number;
  /** By a lock-delay: nobody is granted. */
  readonly closed: boolean;
}

export interface LockHolder {
  readonly sessionId: SessionId;
  readonly sequence: Sequence;
  /** The fencing token; of a permit its id, which is no fencing token. */
  readonly token: number;
  readonly mode: LockMode;
}

/** Who has a part in a lock, in detail. */
export interface LockDetails {
  readonly kind: 'lockDetails';
  /** In the order of their grants. */
  readonly holders: readonly LockParty[];
  /** In the order of the queue. */
  readonly waiters: readonly LockParty[];
  /** All, also those that are not listed. */
  readonly holderCount: number;
  readonly waiterCount: number;
  /** Of the lock-delay in force; 0: none. */
  readonly closedSince: Revision;
  readonly delayMs: number;
}

/** One that holds, or one that waits: its token is 0. */
export interface LockParty extends LockHolder {
  readonly askedRevision: Revision;
  readonly note: Uint8Array;
}
