import type { LockInfo, LockParty } from './lock-types.ts';
import type { CallOptions, Entry } from './types.ts';

export interface WatchStart extends CallOptions {
  /**
   * The first revision wanted, for example one after that of a read: then nothing is missed in between. Default: from now, which is
   * after everything that this client has seen. Rejects with COMPACTED if that is no longer known.
   */
  readonly fromRevision?: number | undefined;
  /**
   * Default false. True: now and then there is a batch without events, which says that everything up to and including its revision
   * has been delivered: at least every 5,000 ms while nothing else comes and the node is reached.
   */
  readonly progress?: boolean | undefined;
}

/** What is left out is left out by the service, and does not travel. */
export interface WatchOptions extends WatchStart {
  /** Only events of this type. Default: both. */
  readonly events?: 'put' | 'delete' | undefined;
  /** Default false. True: entries, previous ones too, come with empty values. */
  readonly keysOnly?: boolean | undefined;
  /** Default true. False: events come without `previous`. */
  readonly previous?: boolean | undefined;
}

export interface ObjectWatchOptions extends WatchStart {
  /**
   * Default false. True: the first batch, marked `initial`, has the present state, and the revisions after it follow without a gap.
   * For one name, and not with `fromRevision`.
   */
  readonly initial?: boolean | undefined;
}

export interface SessionWatchOptions extends WatchStart {
  /** Only this session. Default: all. */
  readonly id?: string | undefined;
}

/** One name, or all names with a prefix; that is empty for all. */
export type NameSelector = string | { readonly prefix: string };

export interface Watch<Event = WatchEvent> extends AsyncIterable<WatchBatch<Event>>, AsyncDisposable {
  /** Every matching revision from this one on is delivered. */
  readonly startRevision: number;
}

/** All events of one revision. Without events, if asked for by `progress`: everything up to this revision has been delivered. */
export interface WatchBatch<Event = WatchEvent> {
  readonly revision: number;
  readonly events: readonly Event[];
  /** No change: the state at this revision, as asked for by `initial`. */
  readonly initial?: true | undefined;
}

export type WatchEvent =
  | { readonly type: 'put'; readonly key: string; readonly entry: Entry; readonly previous: Entry | undefined }
  | { readonly type: 'delete'; readonly key: string; readonly previous: Entry | undefined };

/** What a lock is since this revision. */
export interface LockEvent extends Pick<LockInfo, 'name' | 'holderCount' | 'waiterCount' | 'delay'> {
  readonly type: 'lock';
  /** In the order of their grants, at most 16, the first with its note; none: it is free, or a delay keeps it closed. */
  readonly holders: readonly LockParty[];
}

export interface CounterEvent {
  readonly type: 'counter';
  readonly name: string;
  readonly value: bigint;
  readonly previous: bigint;
}

/** `closed` by its client, or `expired`: nothing was heard of it, or an operator has ended it. What it owned went in the same revision. */
export interface SessionEvent {
  readonly type: 'opened' | 'closed' | 'expired';
  /** As `Client.session.id`. */
  readonly id: string;
  readonly name: string;
  readonly ttlMs: number;
}
