import type { ErrorCode } from './errors.ts';
import type { Revision, SessionId } from './identifiers.ts';
import type { LockResult } from './lock-operation.ts';
import type { SessionInfo, SessionLock } from './session-info.ts';

/** The answer to one operation. */
export interface Result {
  readonly requestId: number;
  readonly revision: Revision;
  readonly body: ResultBody;
}

export type ResultBody =
  | WireError
  | {
      readonly kind: 'sessionOpened';
      readonly sessionId: SessionId;
      readonly generation: number;
      readonly ttlMs: number;
    }
  | {
      readonly kind: 'sessionResumed';
      readonly sessionId: SessionId;
      /** The new one. */
      readonly generation: number;
      readonly ttlMs: number;
      /** The next command has the number after this one. */
      readonly lastSequence: number;
      /** Held by the session, in the order of asking. */
      readonly locks: readonly SessionLock[];
      /** It holds more than one answer can tell. */
      readonly moreLocks: boolean;
    }
  | { readonly kind: 'sessionClosed' }
  | { readonly kind: 'otherSessionClosed'; readonly closed: boolean }
  | PutDone
  | DeleteDone
  | TransactionDone
  | { readonly kind: 'createSequential'; readonly key: Uint8Array }
  /** Reads at this revision and above it, and watches above it, are still answered. */
  | { readonly kind: 'compactHistory'; readonly floor: Revision }
  | LockResult
  | { readonly kind: 'counterBlock'; readonly first: bigint; readonly last: bigint }
  | { readonly kind: 'counterSwapped'; readonly swapped: boolean }
  | GetDone
  | { readonly kind: 'range'; readonly entries: readonly WireEntry[]; readonly more: boolean }
  | { readonly kind: 'count'; readonly count: number }
  | { readonly kind: 'counterValue'; readonly value: bigint }
  | { readonly kind: 'sessionList'; readonly sessions: readonly SessionInfo[]; readonly more: boolean }
  | { readonly kind: 'sessionState'; readonly session: SessionInfo | undefined };

export interface PutDone {
  readonly kind: 'put';
  /** Its condition did not hold: nothing was changed. */
  readonly refused?: true;
  /** What was there, if that was asked for and there was anything. */
  readonly previous?: WireEntry;
}

export interface DeleteDone {
  readonly kind: 'delete';
  readonly deleted: boolean;
  /** As of a put. */
  readonly previous?: WireEntry;
}

export interface GetDone {
  readonly kind: 'get';
  readonly entry: WireEntry | undefined;
}

export interface TransactionDone {
  readonly kind: 'transaction';
  readonly succeeded: boolean;
  readonly results: readonly TransactionOperationDone[];
}

export type TransactionOperationDone = PutDone | DeleteDone | GetDone | TransactionDone;

/** An error as it travels. */
export interface WireError {
  readonly kind: 'error';
  readonly code: ErrorCode;
  readonly message: string;
  /** COMPACTED only: the oldest revision still to be had; else 0. */
  readonly oldestRevision: Revision;
}

export interface WireEntry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly createRevision: Revision;
  readonly modRevision: Revision;
  readonly version: number;
  /** Owner of an ephemeral key, or 0. */
  readonly sessionId: SessionId;
}
