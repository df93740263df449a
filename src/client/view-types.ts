import type { ConclaveError } from './error.ts';
import type { Bytes, CallOptions, Entry, StandardSchema } from './types.ts';

export interface ViewOptions extends CallOptions {
  /** How many keys it may hold, 1 to 10,000,000, default 100,000. Past it, the view ends with VIEW_TOO_LARGE. */
  readonly maxEntries?: number | undefined;
  /**
   * How many bytes of keys and values it may hold, default 268,435,456 (256 MiB). Past it, the view ends likewise. While it is loaded
   * anew, and for each consumer of its changes that is late, there may be as much again.
   */
  readonly maxBytes?: number | undefined;
}

export interface TypedViewOptions<T> extends ViewOptions {
  /** Values are JSON that fits it. One that does not is reported as `invalid`, and the others go on. */
  readonly schema: StandardSchema<T>;
}

/**
 * A copy of some keys in this process that follows the store, revision by revision, without gaps. At every moment it is what the store
 * had at `revision`, whole: it may be late, and is never mixed. `T`: what the schema makes of a value; without one, the entry itself.
 *
 * Once it is closed, all but `state`, `revision`, `error` and `close` throw: the error that ended it, or CLOSED.
 */
export interface View<T = Entry> extends AsyncDisposable {
  /**
   * 'ready': it follows. 'stale': it has no connection to a node, or loads anew; it shows what it last knew. After the session was
   * lost (status 'expired') it counts as stale until the client has a new session or connection. 'closed' is final.
   */
  readonly state: 'ready' | 'stale' | 'closed';
  /** Of the last change that it shows; at first, the one that it was loaded at. Changes of other keys do not raise it. */
  readonly revision: number;
  /** What ended it; undefined while it is open, or if it was closed by `close` or with its client. */
  readonly error: Error | undefined;
  /** The number of keys, those with values that do not fit the schema included. */
  readonly size: number;
  has(key: Bytes): boolean;
  /** Throws INVALID_VALUE if the value does not fit the schema: it is not taken for absent. */
  get(key: Bytes): T | undefined;
  /** The entry as it is stored, whatever the schema says. */
  entry(key: Bytes): Entry | undefined;
  /** In byte order of the keys, as of the call, whatever changes meanwhile; without those that do not fit the schema. */
  entries(): IterableIterator<readonly [key: string, value: T]>;
  /** Those that do not fit the schema, likewise. */
  invalid(): IterableIterator<readonly [key: string, error: ConclaveError]>;
  /**
   * What changes from the call on. A consumer that is 1,024 events or 4 MiB behind gets all it has missed in one change, with the newest
   * state of each key. The loop ends quietly with the view, or throws the error that ended it; `signal` makes it throw AbortError.
   */
  changes(options?: { readonly signal?: AbortSignal | undefined }): AsyncIterableIterator<ViewChange<T>, undefined>;
  /** Idempotent; what disposal does, too. */
  close(): Promise<void>;
}

/** From what a view showed to what it shows at `revision`. */
export interface ViewChange<T = Entry> {
  readonly revision: number;
  /** One for each key that changed, in byte order of the keys. */
  readonly events: readonly ViewEvent<T>[];
  /** Of several revisions in one: the consumer was late, or the store had forgotten what happened while the view was cut off. */
  readonly combined: boolean;
}

/** `previous`: the value before, if there was one that fits the schema. */
export type ViewEvent<T = Entry> =
  | {
      readonly type: 'put';
      readonly key: string;
      readonly value: T;
      readonly entry: Entry;
      readonly previous: T | undefined;
    }
  | {
      readonly type: 'invalid';
      readonly key: string;
      readonly error: ConclaveError;
      readonly entry: Entry;
      readonly previous: T | undefined;
    }
  | { readonly type: 'delete'; readonly key: string; readonly previous: T | undefined };
