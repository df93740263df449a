import type { Revision, Sequence, SessionId } from '../../wire/identifiers.ts';
import type { LockMode } from '../../wire/lock-operation.ts';
import type { CommandBody, CommandId, ReadBody } from '../../wire/operation.ts';
import type { ResultBody } from '../../wire/result.ts';
import type { WatchTarget, WireObjectEvent } from '../../wire/watch.ts';

/**
 * What clients saw, as the checkers judge it. Times are true times in microseconds, from one clock that no client has.
 */
export interface History {
  readonly operations: readonly OperationRecord[];
  readonly watches: readonly WatchRecord[];
  readonly sessions: readonly SessionRecord[];
  readonly holds: readonly HoldRecord[];
  readonly grants: readonly GrantRecord[];
  readonly fencedWrites: readonly FencedWrite[];
}

/** What has gone wrong, in words for a reader of the history. */
export interface Finding {
  /** A stable name. */
  readonly check: string;
  readonly detail: string;
}

export interface OperationRecord {
  readonly client: string;
  readonly body: CommandBody | ReadBody;
  /** Absent in reads and in what begins a session, and as long as it was never sent. */
  command: Omit<CommandId, 'acknowledged'> | undefined;
  readonly callUs: number;
  /** The highest revision that the client had seen. */
  readonly seenRevision: number;
  outcome: OperationOutcome;
}

export type OperationOutcome =
  /** `unknown` as long as the run goes on, and for ever if the client never learns. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'done'; readonly returnUs: number; readonly revision: Revision; readonly body: ResultBody }
  /** The client was told, or may conclude, that it has had and will have no effect. */
  | { readonly kind: 'notApplied'; readonly returnUs: number; readonly why: string };

export interface WatchRecord {
  readonly client: string;
  readonly target: WatchTarget;
  /** 0: from now. */
  readonly fromRevision: number;
  /** The highest revision that the client had seen when it asked. */
  readonly seenRevision: number;
  /** 0: not yet told. */
  startRevision: number;
  /** In the order of arrival, over all streams on which the watch was resumed. */
  readonly deliveries: WatchDelivery[];
  /** The watch was ended by its client or by an error: it need not have seen the end of the log. */
  ended: boolean;
}

export interface WatchDelivery {
  /** A revision's events, or a mark that everything up to the revision has been delivered. */
  readonly kind: 'events' | 'progress';
  readonly revision: number;
  readonly events: readonly WatchedEvent[];
}

export type WatchedEvent = WatchedKeyEvent | WireObjectEvent;

export interface WatchedKeyEvent {
  readonly type: 'put' | 'delete';
  /** `keyString` of the key's bytes. */
  readonly key: string;
  /** Put only. */
  readonly entry: unknown;
  readonly previous: unknown;
}

/** What a client thinks of one generation of a session. */
export interface SessionRecord {
  readonly client: string;
  readonly sessionId: SessionId;
  readonly generation: number;
  readonly ttlMs: number;
  /** The rate of the client's clock. */
  readonly clockRate: number;
  /** When the request was sent by which this generation began. */
  readonly openSentUs: number;
  /** When the client learned that it had begun. */
  readonly begunUs: number;
  /** True sending times of the keep-alives that were answered `alive`. */
  readonly keptAliveUs: number[];
  /** From when on the client regards the session as lost; infinite while it trusts it. */
  trustedUntilUs: number;
  /** The client asked for its end at that time. */
  closeCalledUs: number | undefined;
}

/** The time in which a client believes that it holds a lock. */
export interface HoldRecord {
  readonly client: string;
  readonly name: string;
  readonly sessionId: SessionId;
  readonly generation: number;
  readonly sequence: Sequence;
  readonly token: number;
  /** Undefined: exclusive. */
  readonly mode?: LockMode | undefined;
  /** Of a permit: how many may be held. */
  readonly permits?: number | undefined;
  readonly fromUs: number;
  untilUs: number;
}

/** What a node said about an acquisition, in a grant. */
export interface GrantRecord {
  readonly client: string;
  readonly name: string;
  readonly sessionId: SessionId;
  /** In the name of which it was asked. */
  readonly generation: number;
  readonly sequence: Sequence;
  readonly state: 'queued' | 'held' | 'gone' | 'ended';
  readonly token: number;
  readonly revision: number;
  readonly atUs: number;
}

/** A write that reached a resource outside of the store, which rejects tokens smaller than the largest it has seen. */
export interface FencedWrite {
  readonly resource: string;
  readonly client: string;
  /** That of the holder: a program that resumes it writes on under the same token. */
  readonly sessionId: SessionId;
  readonly token: number;
  readonly atUs: number;
  readonly accepted: boolean;
}
