/**
 * The public shape that was agreed on, kept apart from the code that has to have it: `public-shape.test.ts` compares the two.
 * A change here is a change of the API.
 */
export type Bytes = string | Uint8Array;

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Default 5,000; `lock` and `watch` have none. */
  readonly timeoutMs?: number | undefined;
}

export interface ConnectOptions extends CallOptions {
  /** Default: CONCLAVE_ENDPOINTS, else 127.0.0.1:7101, :7102, :7103. */
  readonly endpoints?: readonly string[] | undefined;
  readonly session?:
    | {
        readonly ttlMs?: number | undefined; // default 10,000
        readonly name?: string | undefined;
        readonly metadata?: Readonly<Record<string, string>> | undefined;
        /** `client.session.credentials` of the program's former run. */
        readonly resume?: string | undefined;
        readonly onResumeFailure?: 'reject' | 'reopen' | undefined; // default 'reject'
        readonly onExpiry?: 'reopen' | 'close' | undefined; // default 'reopen'
      }
    | undefined;
}

export declare function connect(options?: ConnectOptions): Promise<Client>;

export interface Entry {
  readonly key: string;
  readonly keyBytes: Uint8Array;
  readonly value: Uint8Array;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly version: number;
  /** Owner of an ephemeral key. */
  readonly session: string | undefined;
  /** Throws INVALID_UTF8. */
  text(): string;
  json(): unknown;
  parse<T>(schema: StandardSchema<T>): Promise<T>;
}

/** The part of https://standardschema.dev that is used. */
export interface StandardSchema<T> {
  readonly '~standard': {
    readonly types?: { readonly output: T } | undefined;
    readonly validate: (value: unknown) => unknown;
  };
}

export type Selector = Bytes | { readonly prefix: Bytes } | { readonly from: Bytes; readonly to?: Bytes | undefined };

export interface ReadOptions extends CallOptions {
  readonly revision?: number | undefined;
  readonly consistency?: 'linearizable' | 'stale' | undefined;
}

/** What is stored, against what is given. */
export type Comparison = '=' | '!=' | '<' | '>';

/** Came without its value. */
export interface KeyEntry {
  readonly key: string;
  readonly keyBytes: Uint8Array;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly version: number;
  readonly session: string | undefined;
}

export interface PutOptions extends CallOptions {
  readonly ephemeral?: boolean | undefined;
  readonly previous?: boolean | undefined;
}
export interface NoCondition {
  readonly ifAbsent?: false | undefined;
  readonly ifUnchanged?: undefined;
}
/** Not both. */
export interface ConditionalPutOptions extends PutOptions {
  readonly ifAbsent?: boolean | undefined;
  readonly ifUnchanged?: KeyEntry | number | undefined;
}
export interface PutResult<Written extends boolean = boolean> {
  readonly revision: number;
  readonly written: Written;
  readonly previous: Entry | undefined;
}
export interface DeleteOptions extends CallOptions {
  readonly ifUnchanged?: KeyEntry | number | undefined;
  readonly previous?: boolean | undefined;
}
export interface DeleteResult {
  readonly revision: number;
  readonly deleted: boolean;
  readonly previous: Entry | undefined;
}
export interface RangeOptions extends ReadOptions {
  readonly order?: 'ascending' | 'descending' | undefined;
  readonly limit?: number | undefined;
}
export interface ScanOptions extends ReadOptions {
  readonly order?: 'ascending' | 'descending' | undefined;
  /** 1 to 10,000, default 1,000. */
  readonly pageSize?: number | undefined;
}
export interface KeysOnly {
  readonly keysOnly: true;
}
export interface WithValues {
  readonly keysOnly?: false | undefined;
}
export interface RangeResult<E = Entry> {
  readonly revision: number;
  readonly entries: readonly E[];
  readonly more: boolean;
}

export interface Client extends AsyncDisposable {
  get(key: Bytes, options?: ReadOptions): Promise<Entry | undefined>;
  /** With a condition it may be refused: `written` is false, nothing was changed, no revision taken. */
  put(key: Bytes, value: Bytes, options?: PutOptions & NoCondition): Promise<PutResult<true>>;
  put(key: Bytes, value: Bytes, options: ConditionalPutOptions): Promise<PutResult>;
  delete(key: Bytes, options?: DeleteOptions): Promise<DeleteResult>;
  /** `prefix` and a number of 20 digits that rises for ever; never overwrites: KEY_EXISTS. */
  createSequential(
    prefix: Bytes,
    value: Bytes,
    options?: CallOptions & { readonly ephemeral?: boolean | undefined },
  ): Promise<{ readonly key: string; readonly keyBytes: Uint8Array; readonly revision: number }>;
  range(what: Selector, options: RangeOptions & KeysOnly): Promise<RangeResult<KeyEntry>>;
  range(what: Selector, options?: RangeOptions & WithValues): Promise<RangeResult>;
  count(what: Selector, options?: ReadOptions): Promise<number>;
  /** Page by page, at one revision: that of the first page, unless one is given. */
  scan(what: Selector, options: ScanOptions & KeysOnly): AsyncIterableIterator<KeyEntry, void, undefined>;
  scan(what: Selector, options?: ScanOptions & WithValues): AsyncIterableIterator<Entry, void, undefined>;
  /** For operators: history is forgotten through `revision`, which must exist. `floor` can still be read. */
  compact(revision: number, options?: CallOptions): Promise<{ readonly floor: number }>;
  /** Resolves once the start revision is fixed. An aborted signal makes the loop throw AbortError; `break` ends quietly. */
  watch(what: Selector, options?: WatchOptions): Promise<Watch>;
  watchLock(what: NameSelector, options?: ObjectWatchOptions): Promise<Watch<LockEvent>>;
  watchCounter(what: NameSelector, options?: ObjectWatchOptions): Promise<Watch<CounterEvent>>;
  watchSessions(options?: SessionWatchOptions): Promise<Watch<SessionEvent>>;
  /** A copy that follows the store; resolves once it is loaded. `timeoutMs` bounds that; `signal` ends the view, too. */
  view<T>(what: Selector, options: TypedViewOptions<T>): Promise<View<T>>;
  view(what: Selector, options?: ViewOptions & { readonly schema?: undefined }): Promise<View>;
  /** Waits its turn. `timeoutMs` and `signal` end the wait, never a held lock: LOCK_TIMEOUT, not applied, place given up first. */
  lock(name: string, options?: LockOptions): Promise<Lock>;
  tryLock(name: string, options?: LockOptions): Promise<Lock | undefined>;
  /** Rejects with LOCK_LOST if the lock was lost, even though the task resolved; if the task threw, its error wins. */
  withLock<T>(name: string, task: (lock: Lock) => T | PromiseLike<T>, options?: LockOptions): Promise<T>;
  /** All or none, with one token; released together. */
  lockAll(names: readonly string[], options?: SeveralLocksOptions): Promise<Lock>;
  tryLockAll(names: readonly string[], options?: SeveralLocksOptions): Promise<Lock | undefined>;
  permit(name: string, options: PermitOptions): Promise<Permit>;
  tryPermit(name: string, options: PermitOptions): Promise<Permit | undefined>;
  withPermit<T>(name: string, task: (permit: Permit) => T | PromiseLike<T>, options: PermitOptions): Promise<T>;
  readonly locks: LockDesk;
  election(name: string): Election;
  counter(name: string): Counter;
  txn<const T extends readonly Op<unknown>[], const E extends readonly Op<unknown>[] = readonly []>(
    branches: { readonly if: readonly Condition[]; readonly then: T; readonly else?: E | undefined },
    options?: CallOptions,
  ): Promise<TxnResult<T, E>>;
  /** Runs the function again, up to `attempts` times, while others change what it has read; then CONFLICT, not applied. */
  transact<T>(
    work: (transaction: Transaction) => T | PromiseLike<T>,
    options?: TransactOptions,
  ): Promise<Transacted<T>>;
  readonly session: {
    readonly id: string;
    readonly credentials: string | undefined;
    readonly state: 'active' | 'jeopardy' | 'expired';
    readonly remainingMs: number;
    readonly signal: AbortSignal;
  };
  readonly resumedLocks: readonly Lock[];
  readonly resumedPermits: readonly Permit[];
  readonly sessions: Sessions;
  readonly state: ClientStatus;
  status(options?: { readonly signal?: AbortSignal | undefined }): AsyncIterable<ClientStatus>;
  /** Drains, is idempotent, lets the process exit. */
  close(): Promise<void>;
}

export interface Sessions {
  list(
    options?: CallOptions & {
      readonly after?: string | undefined;
      readonly limit?: number | undefined;
      readonly consistency?: 'linearizable' | 'stale' | undefined;
    },
  ): Promise<{ readonly revision: number; readonly sessions: readonly SessionInfo[]; readonly more: boolean }>;
  get(
    id: string,
    options?: CallOptions & { readonly consistency?: 'linearizable' | 'stale' | undefined },
  ): Promise<SessionInfo | undefined>;
  /** Of another session, by an operator. */
  close(id: string, options?: CallOptions): Promise<{ readonly closed: boolean; readonly revision: number }>;
}
export interface SessionLock {
  readonly name: string;
  readonly names: readonly string[];
  readonly mode: 'exclusive' | 'shared' | 'permit';
  readonly token: number | undefined;
  readonly permit: number | undefined;
}
export interface SessionInfo {
  readonly id: string;
  readonly name: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly ttlMs: number;
  readonly generation: number;
  readonly ephemeralKeys: number;
  readonly locks: readonly SessionLock[];
  readonly waitingFor: readonly string[];
  readonly truncated: boolean;
}

export type ClientStatus =
  | { readonly type: 'connected'; readonly endpoint: string }
  | { readonly type: 'switching' | 'jeopardy' | 'expired' | 'closed' };

export interface WatchStart extends CallOptions {
  readonly fromRevision?: number | undefined;
  readonly progress?: boolean | undefined; // default false: batches without events that say how far all has been delivered
}
export interface WatchOptions extends WatchStart {
  readonly events?: 'put' | 'delete' | undefined; // default: both
  readonly keysOnly?: boolean | undefined; // default false
  readonly previous?: boolean | undefined; // default true
}
export interface ObjectWatchOptions extends WatchStart {
  readonly initial?: boolean | undefined; // default false: the first batch has the present state
}
export interface SessionWatchOptions extends WatchStart {
  readonly id?: string | undefined; // default: all
}
export type NameSelector = string | { readonly prefix: string };

export interface Watch<Event = WatchEvent> extends AsyncIterable<WatchBatch<Event>>, AsyncDisposable {
  readonly startRevision: number;
}
export interface WatchBatch<Event = WatchEvent> {
  readonly revision: number;
  readonly events: readonly Event[];
  readonly initial?: true | undefined;
}
export interface LockEvent {
  readonly type: 'lock';
  readonly name: string;
  readonly holders: readonly LockParty[];
  readonly holderCount: number;
  readonly waiterCount: number;
  readonly delay: { readonly sinceRevision: number; readonly delayMs: number } | undefined;
}
export interface CounterEvent {
  readonly type: 'counter';
  readonly name: string;
  readonly value: bigint;
  readonly previous: bigint;
}
export interface SessionEvent {
  readonly type: 'opened' | 'closed' | 'expired';
  readonly id: string;
  readonly name: string;
  readonly ttlMs: number;
}
export type WatchEvent =
  | { readonly type: 'put'; readonly key: string; readonly entry: Entry; readonly previous: Entry | undefined }
  | { readonly type: 'delete'; readonly key: string; readonly previous: Entry | undefined };

export interface LockOptions extends CallOptions {
  /** Beside others that are shared, with one token. */
  readonly shared?: boolean | undefined;
  /** 0 (default) to 3,600,000: how long the lock stays closed if the holder's session expires. */
  readonly delayMs?: number | undefined;
  readonly note?: Bytes | undefined;
}
export type SeveralLocksOptions = Omit<LockOptions, 'shared'>;
export interface PermitOptions extends CallOptions {
  /** How many may be held at a time. */
  readonly permits: number;
  readonly note?: Bytes | undefined;
}
export interface Held extends AsyncDisposable {
  readonly name: string;
  /** `aborted` and `throwIfAborted()` are judged by the clock when read; the event follows at the first such read or timer turn. */
  readonly signal: AbortSignal;
  readonly held: boolean;
  readonly remainingMs: number;
  assertHeld(): void;
  setNote(note: Bytes, options?: CallOptions): Promise<void>;
  /** Never rejects for a lost lock; disposal never rejects at all. */
  release(): Promise<'released' | 'lost'>;
}
/** Owned by one acquisition, not by the session: two `lock` calls of one client exclude each other. Not re-entrant. */
export interface Lock extends Held {
  readonly names: readonly string[];
  readonly mode: 'exclusive' | 'shared';
  readonly token: number;
}
/** Fences nothing. */
export interface Permit extends Held {
  readonly id: number;
}
export interface LockParty {
  readonly session: string;
  readonly mode: 'exclusive' | 'shared' | 'permit';
  readonly token: number | undefined;
  readonly permit: number | undefined;
  readonly askedRevision: number;
  readonly note: Uint8Array;
  readonly noteText: string;
}
export interface LockInfo {
  readonly name: string;
  readonly revision: number;
  readonly holders: readonly LockParty[];
  readonly waiters: readonly LockParty[];
  readonly holderCount: number;
  readonly waiterCount: number;
  readonly delay: { readonly sinceRevision: number; readonly delayMs: number } | undefined;
}
export interface LockReadOptions extends Omit<ReadOptions, 'revision'> {
  /** 1 to 100, which is the default. */
  readonly limit?: number | undefined;
}
export interface LockDesk {
  get(name: string, options?: LockReadOptions): Promise<LockInfo>;
  holder(name: string, options?: LockReadOptions): Promise<LockParty | undefined>;
  waiters(name: string, options?: LockReadOptions): Promise<readonly LockParty[]>;
  verifyToken(name: string, token: number, options?: Omit<ReadOptions, 'revision'>): Promise<boolean>;
  /** The holders may believe until they hear of it that they hold it; the next token is larger. */
  forceRelease(
    name: string,
    token: number,
    options?: CallOptions,
  ): Promise<{ readonly released: number; readonly revision: number }>;
}

export interface CampaignOptions extends CallOptions {
  readonly note?: Bytes | undefined;
  readonly delayMs?: number | undefined;
}
export interface Leadership extends AsyncDisposable {
  readonly lock: Lock;
  proclaim(note: Bytes, options?: CallOptions): Promise<void>;
  resign(): Promise<'resigned' | 'lost'>;
}
export interface Leader {
  readonly session: string;
  readonly token: number;
  readonly note: Uint8Array;
  readonly noteText: string;
}
export interface LeaderChange {
  readonly revision: number;
  readonly leader: Leader | undefined;
}
export interface ObserveOptions {
  readonly signal?: AbortSignal | undefined;
}
/** The exclusive lock of that name. */
export interface Election {
  readonly name: string;
  campaign(options?: CampaignOptions): Promise<Leadership>;
  lead<T>(task: (leadership: Leadership) => T | PromiseLike<T>, options?: CampaignOptions): Promise<T>;
  leader(options?: Omit<ReadOptions, 'revision'>): Promise<Leader | undefined>;
  /** The present leader first, then every change: none is left out, and there is never more than one at a revision. */
  observe(options?: ObserveOptions): AsyncIterable<LeaderChange>;
}

export interface Counter {
  next(options?: CallOptions): Promise<bigint>;
  nextBlock(count: number, options?: CallOptions): Promise<{ readonly first: bigint; readonly last: bigint }>;
  get(options?: ReadOptions): Promise<bigint>;
  compareAndSet(expected: bigint, value: bigint, options?: CallOptions): Promise<boolean>;
}

/** All reads are of one revision, and see the writes before them. Writes are kept back until the commit. */
export interface Transaction {
  get(key: Bytes): Promise<Entry | undefined>;
  put(key: Bytes, value: Bytes): void;
  delete(key: Bytes): void;
}
export interface TransactOptions extends CallOptions {
  /** Default 16. */
  readonly attempts?: number | undefined;
}
export interface Transacted<T> {
  readonly value: T;
  readonly revision: number;
  readonly attempts: number;
}

export interface ViewOptions extends CallOptions {
  /** Default 100,000. Past it: VIEW_TOO_LARGE. */
  readonly maxEntries?: number | undefined;
  /** Default 256 MiB. Past it: VIEW_TOO_LARGE. */
  readonly maxBytes?: number | undefined;
}
export interface TypedViewOptions<T> extends ViewOptions {
  readonly schema: StandardSchema<T>;
}
/** What the store had at `revision`, whole. Once it is closed, reading throws what ended it, or CLOSED. */
export interface View<T = Entry> extends AsyncDisposable {
  readonly state: 'ready' | 'stale' | 'closed';
  readonly revision: number;
  readonly error: Error | undefined;
  readonly size: number;
  has(key: Bytes): boolean;
  /** Throws INVALID_VALUE if the value does not fit the schema. */
  get(key: Bytes): T | undefined;
  entry(key: Bytes): Entry | undefined;
  /** In byte order of the keys, as of the call; without those that do not fit. */
  entries(): IterableIterator<readonly [key: string, value: T]>;
  invalid(): IterableIterator<readonly [key: string, error: ConclaveError]>;
  /** What changes from the call on; for a late consumer, all that it missed in one change. */
  changes(options?: { readonly signal?: AbortSignal | undefined }): AsyncIterableIterator<ViewChange<T>, undefined>;
  close(): Promise<void>;
}
export interface ViewChange<T = Entry> {
  readonly revision: number;
  readonly events: readonly ViewEvent<T>[];
  /** Of several revisions in one. */
  readonly combined: boolean;
}
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

declare const result: unique symbol;
export interface Op<R> {
  readonly [result]: R;
}
export interface Condition {
  readonly kind: string;
}
export declare const op: {
  put(
    key: Bytes,
    value: Bytes,
    options?: { readonly ephemeral?: boolean | undefined },
  ): Op<{ readonly revision: number }>;
  get(key: Bytes): Op<Entry | undefined>;
  delete(key: Bytes): Op<{ readonly deleted: boolean }>;
  /** Within another one: at most 8, the outermost included. */
  txn<const T extends readonly Op<unknown>[], const E extends readonly Op<unknown>[] = readonly []>(branches: {
    readonly if: readonly Condition[];
    readonly then: T;
    readonly else?: E | undefined;
  }): Op<TxnResult<T, E>>;
};
export declare const cond: {
  exists(key: Bytes): Condition;
  absent(key: Bytes): Condition;
  valueIs(key: Bytes, value: Bytes): Condition;
  value(key: Bytes, comparison: Comparison, value: Bytes): Condition;
  version(key: Bytes, comparison: Comparison, version: number): Condition;
  createRevision(key: Bytes, comparison: Comparison, revision: number): Condition;
  modRevision(key: Bytes, comparison: Comparison, revision: number): Condition;
  unchanged(entry: KeyEntry): Condition;
  /** `undefined`: none. */
  owner(key: Bytes, session: string | undefined): Condition;
  counter(name: string, comparison: Comparison, value: bigint): Condition;
  lockHeld(lock: Pick<Lock, 'name' | 'token'>): Condition;
};
type Results<T extends readonly Op<unknown>[]> = { readonly [I in keyof T]: T[I] extends Op<infer R> ? R : never };
export type TxnResult<T extends readonly Op<unknown>[], E extends readonly Op<unknown>[]> =
  | { readonly succeeded: true; readonly revision: number; readonly results: Results<T> }
  | { readonly succeeded: false; readonly revision: number; readonly results: Results<E> };

export declare class ConclaveError extends Error {
  readonly code: string;
  readonly retryable: boolean;
  readonly outcome: 'not-applied' | 'unknown';
}

/** The part of a program's database that fencing needs. */
export interface FencingStore<T> {
  transaction(work: (transaction: T) => Promise<void>, resource: string): PromiseLike<unknown>;
  /** Stores the larger of `token` and what is stored (0 if nothing is), and returns it. */
  raiseToken(transaction: T, resource: string, token: number): number | PromiseLike<number>;
}
export type FencingToken = number | Pick<Lock, 'name' | 'token'>;

/** What a lock protects outside of the service. Rejects with STALE_TOKEN, not applied, if a higher token was seen. */
export declare class FencedResource<T> {
  constructor(name: string, store: FencingStore<T>);
  readonly name: string;
  write<R>(holder: FencingToken, change: (transaction: T) => R | PromiseLike<R>): Promise<R>;
  claim(holder: FencingToken): Promise<void>;
}
export declare function oneAtATime<T>(store: FencingStore<T>): FencingStore<T>;
export declare function memoryFencingStore(): FencingStore<undefined>;
