import type { Ballot } from './ballot.ts';
import type { Revision, Sequence, SessionId } from './identifiers.ts';
import type { EndLockDelay, LockCommand, LockRead } from './lock-operation.ts';
import type { SessionMetadata } from './session-info.ts';
import type { ChangeSettings, RaiseFeatureLevel } from './settings.ts';

/** One request as it stands in `client.proto`; the same bytes travel from the SDK into the replicated log. */
export interface Operation {
  readonly requestId: number;
  /** Absent in `openSession` and `resumeSession`, in reads, and in what the leader itself proposes. */
  readonly command: CommandId | undefined;
  /** Reads only: the highest revision the client has seen. */
  readonly seenRevision: Revision;
  readonly body: OperationBody;
}

export interface CommandId {
  readonly sessionId: SessionId;
  readonly generation: number;
  readonly sequence: Sequence;
  /** Results up to this number have been seen by the client. */
  readonly acknowledged: number;
}

export type OperationBody = CommandBody | ReadBody | InternalBody;

/** Changes the state; goes through the log. */
export type CommandBody =
  | OpenSession
  | ResumeSession
  | { readonly kind: 'closeSession' }
  | { readonly kind: 'closeOtherSession'; readonly sessionId: SessionId }
  | PutCommand
  | DeleteCommand
  | Transaction
  | CreateSequential
  | { readonly kind: 'compactHistory'; readonly revision: Revision }
  | LockCommand
  | { readonly kind: 'counterAdd'; readonly name: string; readonly count: number }
  | {
      readonly kind: 'counterCompareAndSet';
      readonly name: string;
      readonly expected: bigint;
      readonly value: bigint;
    };

export interface OpenSession {
  readonly kind: 'openSession';
  readonly ttlMs: number;
  readonly name: string;
  /** 64 random bits. */
  readonly nonce: bigint;
  /** 16 random bytes, by which the session can be resumed; empty: it cannot be. */
  readonly secret: Uint8Array;
  readonly metadata: readonly SessionMetadata[];
}

/** Raises the generation of a session by one: what carries an older one is refused from then on. */
export interface ResumeSession {
  readonly kind: 'resumeSession';
  readonly sessionId: SessionId;
  /** The generation that it takes over from: without effect if that is not the present one. */
  readonly generation: number;
  readonly secret: Uint8Array;
  /** 64 random bits: a repetition of the very command is answered with what it did. */
  readonly nonce: bigint;
}

export interface Put {
  readonly kind: 'put';
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly ephemeral: boolean;
}

export interface Delete {
  readonly kind: 'delete';
  readonly key: Uint8Array;
}

/**
 * What a command of its own may ask besides, and an operation of a transaction may not: there, conditions and reads are. A plain
 * one carries none of these.
 */
export interface PutCommand extends Put {
  /** Refused if there is such a key. Not together with `ifModRevision`. */
  readonly ifAbsent?: true;
  /** Refused if the key is absent, or of another revision. Not 0. */
  readonly ifModRevision?: Revision;
  /** The result is to tell what was there before. */
  readonly previous?: true;
}

export interface DeleteCommand extends Delete {
  readonly ifModRevision?: Revision;
  readonly previous?: true;
}

/** Puts a key that begins with the prefix and ends with the revision in which it does so, in 20 digits. */
export interface CreateSequential {
  readonly kind: 'createSequential';
  readonly prefix: Uint8Array;
  readonly value: Uint8Array;
  readonly ephemeral: boolean;
}

export interface Transaction {
  readonly kind: 'transaction';
  readonly if: readonly TransactionCondition[];
  readonly then: readonly TransactionOperation[];
  readonly else: readonly TransactionOperation[];
}

export type TransactionCondition =
  | { readonly kind: 'exists'; readonly key: Uint8Array }
  | { readonly kind: 'absent'; readonly key: Uint8Array }
  | { readonly kind: 'valueIs'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly kind: 'modRevisionIs'; readonly key: Uint8Array; readonly modRevision: Revision }
  | { readonly kind: 'lockHeld'; readonly name: string; readonly token: number }
  | KeyCompare
  | {
      readonly kind: 'valueCompare';
      readonly key: Uint8Array;
      readonly comparison: Comparison;
      readonly value: Uint8Array;
    }
  /** 0: nobody. */
  | { readonly kind: 'ownedBy'; readonly key: Uint8Array; readonly sessionId: SessionId }
  | {
      readonly kind: 'counterCompare';
      readonly name: string;
      readonly comparison: Comparison;
      readonly value: bigint;
    };

/** What is stored stands on the left, what is asked for on the right. */
export type Comparison = 'equal' | 'unequal' | 'less' | 'greater';

export interface KeyCompare {
  readonly kind: 'keyCompare';
  readonly key: Uint8Array;
  /** The version, createRevision or modRevision of the key: 0 if it is absent. */
  readonly field: 'version' | 'created' | 'modified';
  readonly comparison: Comparison;
  readonly number: number;
}

/** One that does something to a key. */
export type KeyOperation = Put | Delete | { readonly kind: 'get'; readonly key: Uint8Array };

export type TransactionOperation = KeyOperation | Transaction;

/** Changes nothing; answered by any node from its applied state. */
export type ReadBody =
  | {
      readonly kind: 'get';
      readonly key: Uint8Array;
      /** 0: the newest. */
      readonly revision: Revision;
      readonly consistency: Consistency;
    }
  | {
      readonly kind: 'range';
      readonly range: KeyRange;
      readonly revision: Revision;
      readonly consistency: Consistency;
      /** 0: as many as fit in a frame. */
      readonly limit: number;
      /** From the last key to the first; the limit leaves the first ones out. */
      readonly order?: 'descending';
      /** Entries come without their values. */
      readonly keysOnly?: true;
    }
  | { readonly kind: 'count'; readonly range: KeyRange; readonly revision: Revision; readonly consistency: Consistency }
  | { readonly kind: 'counterGet'; readonly name: string; readonly consistency: Consistency }
  | LockRead
  | {
      readonly kind: 'sessionList';
      /** Those with greater ids; 0: from the first. */
      readonly after: SessionId;
      /** 0: as many as one answer may have. */
      readonly limit: number;
      readonly consistency: Consistency;
    }
  | { readonly kind: 'sessionGet'; readonly sessionId: SessionId; readonly consistency: Consistency };

/** Proposed by the leader alone. Names its cause and has no effect if the cause is gone. */
export type InternalBody =
  | {
      readonly kind: 'expireSession';
      readonly sessionId: SessionId;
      readonly generation: number;
      /** Of the leader that proposed it; without effect once another one is open. */
      readonly ballot: Ballot;
    }
  | { readonly kind: 'openBallot'; readonly ballot: Ballot }
  | EndLockDelay
  | ChangeSettings
  | RaiseFeatureLevel
  | { readonly kind: 'compact'; readonly revision: Revision };

export const consistencies = ['linearizable', 'stale'] as const;
export type Consistency = (typeof consistencies)[number];

/** Half-open `[from, to)` in byte order; `single`: exactly the key `from`; `unbounded`: every key from `from` on. */
export interface KeyRange {
  readonly from: Uint8Array;
  readonly to: Uint8Array | 'single' | 'unbounded';
}
