import type { Result } from '../wire/result.ts';
import {
  acquireAll,
  acquireLock,
  acquirePermit,
  during,
  granted,
  resumedLocksOf,
  resumedPermitsOf,
  taskOf,
} from './acquiring.ts';
import { callLimits, signalOf } from './arguments.ts';
import type { ResumedLock } from './core/effect.ts';
import type { ProgramCommand } from './core/input.ts';
import { CounterHandle } from './counter-handle.ts';
import type { Driver } from './driver.ts';
import { LockElection } from './election.ts';
import type { Election } from './election-types.ts';
import { type AnyViewOptions, KeyView } from './key-view.ts';
import { type AnyRangeOptions, type AnyScanOptions, Keyspace } from './keyspace.ts';
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
import { LockInspector } from './lock-desk.ts';
import { LockHandle } from './lock-handle.ts';
import type { Lock, LockDesk, LockOptions, Permit, PermitOptions, SeveralLocksOptions } from './lock-types.ts';
import { SessionHandles } from './session-handle.ts';
import type { Sessions } from './session-types.ts';
import { SessionsHandle } from './sessions-handle.ts';
import { StatusFeed } from './status-feed.ts';
import { transact } from './transact.ts';
import type { Transacted, Transaction, TransactOptions } from './transact-types.ts';
import { type Branches, transactionOf, transactionResult } from './transaction.ts';
import type {
  Bytes,
  CallOptions,
  Client,
  ClientStatus,
  Condition,
  Counter,
  Entry,
  Op,
  ReadOptions,
  Selector,
  TxnResult,
} from './types.ts';
import type { TypedViewOptions, View, ViewOptions } from './view-types.ts';
import { watchCounters, watchKeys, watchLocks, watchSessions } from './watch-calls.ts';
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

export class ConclaveClient implements Client {
  readonly #driver: Driver;
  readonly #keyspace: Keyspace;
  readonly #sessionHandles: SessionHandles;
  readonly locks: LockDesk;
  readonly sessions: Sessions;
  readonly resumedLocks: readonly Lock[];
  readonly resumedPermits: readonly Permit[];
  #closing: Promise<void> | undefined;

  constructor(driver: Driver, resumedLocks: readonly ResumedLock[]) {
    this.#driver = driver;
    this.#keyspace = new Keyspace(driver);
    this.#sessionHandles = new SessionHandles(driver);
    this.locks = new LockInspector(driver);
    this.sessions = new SessionsHandle(driver);
    this.resumedLocks = resumedLocksOf(driver, resumedLocks);
    this.resumedPermits = resumedPermitsOf(driver, resumedLocks);
  }

  get session(): Client['session'] {
    return this.#sessionHandles.newest();
  }

  get state(): ClientStatus {
    return this.#driver.status;
  }

  get(key: Bytes, options?: ReadOptions): Promise<Entry | undefined> {
    return this.#keyspace.get(key, options);
  }

  put(key: Bytes, value: Bytes, options?: PutOptions & NoCondition): Promise<PutResult<true>>;
  put(key: Bytes, value: Bytes, options: ConditionalPutOptions): Promise<PutResult>;
  put(key: Bytes, value: Bytes, options?: ConditionalPutOptions): Promise<PutResult> {
    return this.#keyspace.put(key, value, options);
  }

  delete(key: Bytes, options?: DeleteOptions): Promise<DeleteResult> {
    return this.#keyspace.delete(key, options);
  }

  createSequential(prefix: Bytes, value: Bytes, options?: CallOptions & Pick<PutOptions, 'ephemeral'>) {
    return this.#keyspace.createSequential(prefix, value, options);
  }

  range(what: Selector, options: RangeOptions & KeysOnly): Promise<RangeResult<KeyEntry>>;
  range(what: Selector, options?: RangeOptions & WithValues): Promise<RangeResult>;
  range(what: Selector, options?: AnyRangeOptions): Promise<RangeResult | RangeResult<KeyEntry>> {
    return this.#keyspace.range(what, options);
  }

  count(what: Selector, options?: ReadOptions): Promise<number> {
    return this.#keyspace.count(what, options);
  }

  scan(what: Selector, options: ScanOptions & KeysOnly): AsyncIterableIterator<KeyEntry, void, undefined>;
  scan(what: Selector, options?: ScanOptions & WithValues): AsyncIterableIterator<Entry, void, undefined>;
  scan(what: Selector, options?: AnyScanOptions): AsyncIterableIterator<Entry | KeyEntry, void, undefined> {
    return this.#keyspace.scan(what, options);
  }

  compact(revision: number, options?: CallOptions): Promise<{ readonly floor: number }> {
    return this.#keyspace.compact(revision, options);
  }

  async watch(what: Selector, options?: WatchOptions): Promise<Watch> {
    return await watchKeys(this.#driver, what, options);
  }

  async watchLock(what: NameSelector, options?: ObjectWatchOptions): Promise<Watch<LockEvent>> {
    return await watchLocks(this.#driver, what, options);
  }

  async watchCounter(what: NameSelector, options?: ObjectWatchOptions): Promise<Watch<CounterEvent>> {
    return await watchCounters(this.#driver, what, options);
  }

  async watchSessions(options?: SessionWatchOptions): Promise<Watch<SessionEvent>> {
    return await watchSessions(this.#driver, options);
  }

  view<T>(what: Selector, options: TypedViewOptions<T>): Promise<View<T>>;
  view(what: Selector, options?: ViewOptions & { readonly schema?: undefined }): Promise<View>;
  async view<T>(what: Selector, options?: AnyViewOptions<T>): Promise<View<T>> {
    return await KeyView.open(this, what, options);
  }

  async lock(name: string, options?: LockOptions): Promise<Lock> {
    return granted(await acquireLock(this.#driver, name, true, options));
  }

  async tryLock(name: string, options?: LockOptions): Promise<Lock | undefined> {
    return await acquireLock(this.#driver, name, false, options);
  }

  async withLock<T>(name: string, task: (lock: Lock) => T | PromiseLike<T>, options?: LockOptions): Promise<T> {
    const checked = taskOf(task, 'withLock');
    return await during(granted(await acquireLock(this.#driver, name, true, options)), checked);
  }

  async lockAll(names: readonly string[], options?: SeveralLocksOptions): Promise<Lock> {
    return granted(await acquireAll(this.#driver, names, true, options));
  }

  async tryLockAll(names: readonly string[], options?: SeveralLocksOptions): Promise<Lock | undefined> {
    return await acquireAll(this.#driver, names, false, options);
  }

  async permit(name: string, options: PermitOptions): Promise<Permit> {
    return granted(await acquirePermit(this.#driver, name, true, options));
  }

  async tryPermit(name: string, options: PermitOptions): Promise<Permit | undefined> {
    return await acquirePermit(this.#driver, name, false, options);
  }

  async withPermit<T>(name: string, task: (permit: Permit) => T | PromiseLike<T>, options: PermitOptions): Promise<T> {
    const checked = taskOf(task, 'withPermit');
    return await during(granted(await acquirePermit(this.#driver, name, true, options)), checked);
  }

  election(name: string): Election {
    return new LockElection(this, name);
  }

  counter(name: string): Counter {
    return new CounterHandle(this.#driver, name);
  }

  async txn<const T extends readonly Op<unknown>[], const E extends readonly Op<unknown>[] = readonly []>(
    branches: { readonly if: readonly Condition[]; readonly then: T; readonly else?: E | undefined },
    options?: CallOptions,
  ): Promise<TxnResult<T, E>> {
    const transaction = transactionOf(branches satisfies Branches, (lock) => {
      // Judged now, as everything that a lock is asked: no transaction is begun under a lock that is lost.
      if (lock instanceof LockHandle) lock.assertHeld();
    });
    const result = await this.#command(transaction, options);
    return transactionResult(transaction, result) as TxnResult<T, E>;
  }

  async transact<T>(
    work: (transaction: Transaction) => T | PromiseLike<T>,
    options?: TransactOptions,
  ): Promise<Transacted<T>> {
    return await transact(this, work, options);
  }

  status(options?: { readonly signal?: AbortSignal | undefined }): AsyncIterable<ClientStatus> {
    return new StatusFeed(this.#driver, signalOf(options));
  }

  close(): Promise<void> {
    this.#closing ??= this.#driver.close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #command(body: ProgramCommand, options: CallOptions | undefined): Promise<Result> {
    const { result } = await this.#driver.call<'result'>({ kind: 'command', body }, callLimits(options));
    return result;
  }
}
