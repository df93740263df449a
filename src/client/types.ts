import type { Election } from './election-types.ts';
import type {
  ConditionalPutOptions,
  DeleteOptions,
  DeleteResult,
  KeyEntry,
  KeysOnly,
  NoCondition,
  PutOptions,
  PutResult,
  RangeOptions,
  RangeResult,
  ScanOptions,
  WithValues,
} from './keyspace-types.ts';
import type { Lock, LockDesk, LockOptions, Permit, PermitOptions, SeveralLocksOptions } from './lock-types.ts';
import type { Sessions } from './session-types.ts';
import type { Transacted, Transaction, TransactOptions } from './transact-types.ts';
import type { TypedViewOptions, View, ViewOptions } from './view-types.ts';
import type {
  CounterEvent,
  LockEvent,
  NameSelector,
  ObjectWatchOptions,
  SessionEvent,
  SessionWatchOptions,
  Watch,
  WatchOptions,
} from './watch-types.ts';

/**
 * The public shape of the client: names, options, results. Optional properties are `?: T | undefined`, so that `{ signal }`
 * with a possibly undefined signal is accepted. A string key or value stands for its UTF-8 bytes.
 */
export type Bytes = string | Uint8Array;

export interface CallOptions {
  /** Ends the wait: the call rejects with an error named `AbortError`, code ABORTED, the signal's reason as `cause`. */
  readonly signal?: AbortSignal | undefined;
  /** Default 5,000; what waits for its turn (locks, permits, campaigns) and watches have none. */
  readonly timeoutMs?: number | undefined;
}

export interface ConnectOptions extends CallOptions {
  /** `HOST:PORT` each. Default: CONCLAVE_ENDPOINTS (separated by commas), else 127.0.0.1:7101, :7102, :7103. */
  readonly endpoints?: readonly string[] | undefined;
  readonly session?:
    | {
        /**
         * 100 to 86,400,000, default 10,000. How long the service waits for a client that is silent before it gives its locks
         * away. A session with less than the time of a fail-over, about 1,000, is lost at every fail-over.
         */
        readonly ttlMs?: number | undefined;
        /** For operators: who is this? */
        readonly name?: string | undefined;
        /** For operators: what else is there to know? At most 16 entries, and 4 KiB of names and values in all. */
        readonly metadata?: Readonly<Record<string, string>> | undefined;
        /**
         * What `client.session.credentials` of this program's former run was: `connect` takes that session over, with its ephemeral keys
         * and the locks that it held (see `resumedLocks`); its name, metadata and time to live stay as they were. Good for one resumption:
         * store the new credentials at once. Rejects with SESSION_EXPIRED if the session has ended or was taken over by another program,
         * with INVALID_CREDENTIALS if the secret is wrong. After an error with `outcome: 'unknown'` it may have been taken over.
         *
         * The former run, if it still lives, is told with its next keep-alive and may trust its locks until then, and their fencing
         * tokens are yours too: be sure that it is dead, or that two of it do no harm.
         */
        readonly resume?: string | undefined;
        /** If that session is gone: 'reject' (default), or 'reopen': go on without it; the next call that needs a session opens one. */
        readonly onResumeFailure?: 'reject' | 'reopen' | undefined;
        /** Default 'reopen': the next call that needs a session opens a new one. 'close': the client closes itself. */
        readonly onExpiry?: 'reopen' | 'close' | undefined;
      }
    | undefined;
}

export interface Entry {
  /** The key as text; bytes that are not UTF-8 show as U+FFFD. */
  readonly key: string;
  readonly keyBytes: Uint8Array;
  readonly value: Uint8Array;
  readonly createRevision: number;
  readonly modRevision: number;
  /** 1 at creation, raised by one by each put. */
  readonly version: number;
  /** Owner of an ephemeral key. */
  readonly session: string | undefined;
  /** The value as text. Throws INVALID_UTF8. */
  text(): string;
  /** The value as JSON. Throws INVALID_UTF8, or SyntaxError if it is not JSON. */
  json(): unknown;
  /** The value as JSON that fits a schema (https://standardschema.dev). Rejects with INVALID_VALUE if it does not. */
  parse<T>(schema: StandardSchema<T>): Promise<T>;
}

/** The part of https://standardschema.dev that is used. */
export interface StandardSchema<T> {
  readonly '~standard': {
    readonly types?: { readonly output: T } | undefined;
    readonly validate: (value: unknown) => unknown;
  };
}

/** One key, all keys with a prefix, or the half-open range `[from, to)` in byte order; without `to`, everything from `from` on. */
export type Selector = Bytes | { readonly prefix: Bytes } | { readonly from: Bytes; readonly to?: Bytes | undefined };

export interface ReadOptions extends CallOptions {
  /** As it was at that revision; rejects with COMPACTED if that is no longer known. Default: now. */
  readonly revision?: number | undefined;
  /**
   * 'linearizable' (default) reflects everything acknowledged before the call; 'stale' is answered at once by the
   * node at hand, yet never from before what this client has seen.
   */
  readonly consistency?: 'linearizable' | 'stale' | undefined;
}

export interface Client extends AsyncDisposable {
  get(key: Bytes, options?: ReadOptions): Promise<Entry | undefined>;
  /** With `ifAbsent` or `ifUnchanged` it may be refused: look at `written`. Within a transaction, conditions are in its `if`. */
  put(key: Bytes, value: Bytes, options?: PutOptions & NoCondition): Promise<PutResult<true>>;
  put(key: Bytes, value: Bytes, options: ConditionalPutOptions): Promise<PutResult>;
  delete(key: Bytes, options?: DeleteOptions): Promise<DeleteResult>;
  /**
   * Puts a new key: `prefix`, and a number of 20 digits that is larger than that of every key made so before, under this prefix or any
   * other, deleted ones included. The number is the revision of the creation, which is unique and rises; so there are gaps. It never
   * overwrites: if somebody has put that very key by its full name, it rejects with KEY_EXISTS, not applied. The prefix has at most
   * 4,076 bytes.
   */
  createSequential(
    prefix: Bytes,
    value: Bytes,
    options?: CallOptions & Pick<PutOptions, 'ephemeral'>,
  ): Promise<{ readonly key: string; readonly keyBytes: Uint8Array; readonly revision: number }>;
  /** `more`: there are others behind the last one. Without `limit`, as many as fit in a frame of 4 MiB. */
  range(what: Selector, options: RangeOptions & KeysOnly): Promise<RangeResult<KeyEntry>>;
  range(what: Selector, options?: RangeOptions & WithValues): Promise<RangeResult>;
  /** How many keys there are, without reading them. */
  count(what: Selector, options?: ReadOptions): Promise<number>;
  /**
   * All of a range, however long, read page by page as the loop goes on, and all as of one revision: the one given, else that of the
   * first page. Throws COMPACTED if that is forgotten before the last page. `timeoutMs` bounds each page, not the loop; an aborted
   * signal ends it with an error at the next page. Reading begins with the loop.
   */
  scan(what: Selector, options: ScanOptions & KeysOnly): AsyncIterableIterator<KeyEntry, void, undefined>;
  scan(what: Selector, options?: ScanOptions & WithValues): AsyncIterableIterator<Entry, void, undefined>;
  /**
   * For operators: forgets the history up to and including the events of `revision`, for all clients; what exists stays. `floor` is the
   * oldest revision that can be read from now on; watches begin after it at the earliest; whoever asks for more gets COMPACTED. If so
   * much is forgotten already, it has no effect. Rejects with FUTURE_REVISION past the newest revision. The service forgets by itself
   * what is too old or too much.
   */
  compact(revision: number, options?: CallOptions): Promise<{ readonly floor: number }>;
  /** Resolves once the start revision is fixed. An aborted signal makes the loop throw AbortError; `break` ends quietly. */
  watch(what: Selector, options?: WatchOptions): Promise<Watch>;
  /** Every change of who holds these locks, and of how many wait. Otherwise as `watch`. */
  watchLock(what: NameSelector, options?: ObjectWatchOptions): Promise<Watch<LockEvent>>;
  /** Every change of these counters. Otherwise as `watch`. */
  watchCounter(what: NameSelector, options?: ObjectWatchOptions): Promise<Watch<CounterEvent>>;
  /** Every opening and every end of a session. Otherwise as `watch`. */
  watchSessions(options?: SessionWatchOptions): Promise<Watch<SessionEvent>>;
  /**
   * A copy of these keys in this process that follows the store. Resolves once it is loaded; `timeoutMs` (5,000 by default) bounds
   * that alone. `signal` ends the loading, and later the view. It needs no session.
   */
  view<T>(what: Selector, options: TypedViewOptions<T>): Promise<View<T>>;
  view(what: Selector, options?: ViewOptions & { readonly schema?: undefined }): Promise<View>;
  /** Waits its turn. `timeoutMs` and `signal` end the wait, never a held lock: LOCK_TIMEOUT, not applied, place given up first. */
  lock(name: string, options?: LockOptions): Promise<Lock>;
  /** Does not wait: `undefined` if it would not be granted at once. */
  tryLock(name: string, options?: LockOptions): Promise<Lock | undefined>;
  /** Rejects with LOCK_LOST if the lock was lost, even though the task resolved; if the task threw, its error wins. */
  withLock<T>(name: string, task: (lock: Lock) => T | PromiseLike<T>, options?: LockOptions): Promise<T>;
  /**
   * Up to 64 locks at once, all or none, with one token: asked for in one moment, and granted in one when it is their turn in each queue.
   * So two programs that want the same locks, in whatever order they name them, do not block each other. Released together.
   */
  lockAll(names: readonly string[], options?: SeveralLocksOptions): Promise<Lock>;
  tryLockAll(names: readonly string[], options?: SeveralLocksOptions): Promise<Lock | undefined>;
  /** One of `permits` permits: at most so many are held at a time. Waits its turn as `lock` does. */
  permit(name: string, options: PermitOptions): Promise<Permit>;
  tryPermit(name: string, options: PermitOptions): Promise<Permit | undefined>;
  /** As `withLock`. */
  withPermit<T>(name: string, task: (permit: Permit) => T | PromiseLike<T>, options: PermitOptions): Promise<T>;
  /** Looking at locks, and an operator's hand on them. */
  readonly locks: LockDesk;
  /** One out of all who campaign under that name leads. */
  election(name: string): Election;
  counter(name: string): Counter;
  /**
   * All conditions of `if` hold: `then`, else `else`; atomically, in one revision. Operations see what those before them wrote. In all,
   * over both branches and all within them, at most 1,024 operations and 1,024 conditions: else TOO_MANY_OPERATIONS.
   */
  txn<const T extends readonly Op<unknown>[], const E extends readonly Op<unknown>[] = readonly []>(
    branches: { readonly if: readonly Condition[]; readonly then: T; readonly else?: E | undefined },
    options?: CallOptions,
  ): Promise<TxnResult<T, E>>;
  /**
   * Runs the function, then commits what it has put and deleted if all that it has read is still so; else runs it again, after a
   * pause, up to 16 times and for 5,000 ms in all, and then rejects with CONFLICT or TIMEOUT: nothing was written. What it does
   * besides should bear repetition. If it throws, nothing is written and its error is passed on; so is the error of a commit
   * whose outcome is unknown: that is never repeated. A function that writes can read and write 1,024 keys each.
   */
  transact<T>(
    work: (transaction: Transaction) => T | PromiseLike<T>,
    options?: TransactOptions,
  ): Promise<Transacted<T>>;
  /** The newest session. One is opened by the first call that needs it: until then the id is empty. */
  readonly session: {
    readonly id: string;
    /**
     * By which this program, when it is started again within `ttlMs`, resumes the session: see `session.resume` of `connect`. A secret:
     * whoever has it can take the session over. `undefined` until it is open. `close()` ends the session, and there is nothing to resume.
     */
    readonly credentials: string | undefined;
    /** Judged by the clock when read. 'jeopardy': no answer for a while, nothing lost yet. 'expired' is final. */
    readonly state: 'active' | 'jeopardy' | 'expired';
    /** How long it surely lives; 0 while none is open. */
    readonly remainingMs: number;
    /** Aborts when the session is lost; judged by the clock when read. */
    readonly signal: AbortSignal;
  };
  /** What the session that was resumed held: released like any other, with the token that they had. Otherwise empty. */
  readonly resumedLocks: readonly Lock[];
  readonly resumedPermits: readonly Permit[];
  /** All sessions of the cluster, for operators. */
  readonly sessions: Sessions;
  readonly state: ClientStatus;
  /** The current state, then each change. Whoever reads slowly gets the newest, and every 'expired'. */
  status(options?: { readonly signal?: AbortSignal | undefined }): AsyncIterable<ClientStatus>;
  /** Lets calls finish, gives up locks and ephemeral keys at once, lets the process exit. Idempotent. */
  close(): Promise<void>;
}

export type ClientStatus =
  | { readonly type: 'connected'; readonly endpoint: string }
  | { readonly type: 'switching' | 'jeopardy' | 'expired' | 'closed' };

export interface Counter {
  /** Every value is given out once, and each is larger than those before. */
  next(options?: CallOptions): Promise<bigint>;
  /** `count` consecutive values. */
  nextBlock(count: number, options?: CallOptions): Promise<{ readonly first: bigint; readonly last: bigint }>;
  /** The last value given out; 0 at first. A `revision` is refused: counters keep no history. */
  get(options?: ReadOptions): Promise<bigint>;
  compareAndSet(expected: bigint, value: bigint, options?: CallOptions): Promise<boolean>;
}

declare const result: unique symbol;

/** Made by `op`. */
export interface Op<R> {
  readonly [result]: R;
}

/** Made by `cond`. */
export interface Condition {
  readonly kind: string;
}

type Results<T extends readonly Op<unknown>[]> = { readonly [I in keyof T]: T[I] extends Op<infer R> ? R : never };

export type TxnResult<T extends readonly Op<unknown>[], E extends readonly Op<unknown>[]> =
  | { readonly succeeded: true; readonly revision: number; readonly results: Results<T> }
  | { readonly succeeded: false; readonly revision: number; readonly results: Results<E> };
