import type { HistoryLine, OperationEvent, ResumedLock } from '../../checkers/event-history.ts';

type Describing<Event> = Event extends unknown ? Omit<Event, 'process' | 'outcome' | 'start' | 'end' | 'error'> : never;

/** What an operation asks for. */
export type OperationCall = Describing<Extract<OperationEvent, { readonly outcome: 'unknown' }>>;

/** A lock, several at once, or a permit, as lines of the history name it. */
export type LockDescription = Pick<ResumedLock, 'key' | 'mode' | 'others'>;

/** What it was answered, as a line of the history has it. */
export interface OperationAnswer {
  readonly result?: string | number | boolean | null;
  readonly token?: number;
  readonly session?: string;
  readonly heldUntil?: number;
  readonly revision?: number;
}

export type OperationOutcome =
  | { readonly outcome: 'ok'; readonly answer: OperationAnswer; readonly end: number }
  | { readonly outcome: 'fail'; readonly error: string; readonly end: number }
  | { readonly outcome: 'unknown'; readonly error: string };

export interface HeldLock {
  readonly name: string;
  readonly token: number;
}

/** An ephemeral key that shows whether a session lives. */
export interface SessionKey {
  readonly session: string;
  readonly key: string;
}

/** To the resource outside of the store, which the parent is. */
export type FencedRequest =
  /** Takes note of the token, leaves the number as it is, and tells it. */
  | { readonly kind: 'claim'; readonly key: string; readonly token: number }
  | { readonly kind: 'write'; readonly key: string; readonly token: number; readonly value: string };

export type FencedAnswer =
  | { readonly accepted: true; readonly value: string }
  /** A larger token has been seen. */
  | { readonly accepted: false };

/** Times are nanoseconds since the run's start. */
export type WorkerMessage =
  | { readonly type: 'clock'; readonly ns: number }
  /** Sent, and known to be on its way, before the call is made. */
  | {
      readonly type: 'begin';
      readonly id: number;
      readonly process: string;
      readonly call: OperationCall;
      readonly start: number;
    }
  | { readonly type: 'end'; readonly id: number; readonly how: OperationOutcome }
  | { readonly type: 'line'; readonly line: HistoryLine }
  | { readonly type: 'held'; readonly locks: readonly HeldLock[] }
  | { readonly type: 'session'; readonly session: SessionKey }
  /** By which its client's session may be resumed. */
  | { readonly type: 'credentials'; readonly client: number; readonly credentials: string }
  | {
      readonly type: 'fenced';
      readonly id: number;
      readonly process: string;
      readonly request: FencedRequest;
      readonly start: number;
    }
  | { readonly type: 'phase'; readonly phase: 'ready' | 'idle' | 'finished' };

/** What a worker has left for the one that is started after it. */
export interface FormerRun {
  /** By client: what a former worker has left of its session, if anything. */
  readonly credentials: readonly (string | null)[];
  /** By prefix: the revision from which a former worker's watch is to be resumed; absent: from now. */
  readonly watchFrom: Readonly<Record<string, number>>;
}

export type FleetMessage =
  | { readonly type: 'clock' }
  | ({ readonly type: 'begin' } & FormerRun)
  | { readonly type: 'fenced'; readonly id: number; readonly answer: FencedAnswer }
  /** Those of others, to be looked at. */
  | { readonly type: 'sessions'; readonly sessions: readonly SessionKey[] }
  | { readonly type: 'windDown' }
  /** The last keys under the prefixes that are watched have been written. */
  | { readonly type: 'finish' };

export interface WorkerOptions {
  /** Unique among all workers of the run, those that were started again included. */
  readonly name: string;
  readonly endpoints: readonly string[];
  readonly seed: number;
  /** `process.hrtime.bigint()` at the run's start, a decimal. */
  readonly startedNs: string;
  readonly sessionTtlMs: number;
  readonly lockOnly: boolean;
}
