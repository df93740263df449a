import type { Result } from '../wire/result.ts';
import {
  booleanOf,
  bytesOf,
  callLimits,
  consistencyOf,
  keyRangeOf,
  nameOf,
  revisionOf,
  signalOf,
  wholeNumber,
} from './arguments.ts';
import type { ResumedLock } from './core/effect.ts';
import type { ProgramCommand } from './core/input.ts';
import { CounterHandle } from './counter-handle.ts';
import type { Driver } from './driver.ts';
import { entryOf, optionalEntryOf } from './entry.ts';
import { invalidArgument, lockLost } from './error.ts';
import { type AnyViewOptions, KeyView } from './key-view.ts';
import { LockHandle } from './lock-handle.ts';
import { SessionHandles } from './session-handle.ts';
import type { Sessions } from './session-types.ts';
import { SessionsHandle } from './sessions-handle.ts';
import { StatusFeed } from './status-feed.ts';
import { transact } from './transact.ts';
import type { Transacted, Transaction, TransactOptions } from './transact-types.ts';
import { type Branches, transactionOf, transactionResult, unexpected } from './transaction.ts';
import type {
  Bytes,
  CallOptions,
  Client,
  ClientStatus,
  Condition,
  Counter,
  Entry,
  Lock,
  Op,
  ReadOptions,
  Selector,
  TxnResult,
  Watch,
} from './types.ts';
import type { TypedViewOptions, View, ViewOptions } from './view-types.ts';
import { WatchHandle } from './watch-handle.ts';

const uint32High = 2 ** 32 - 1;

export class ConclaveClient implements Client {
  readonly #driver: Driver;
  readonly #sessionHandles: SessionHandles;
  readonly sessions: Sessions;
  readonly resumedLocks: readonly Lock[];
  #closing: Promise<void> | undefined;

  constructor(driver: Driver, resumedLocks: readonly ResumedLock[]) {
    this.#driver = driver;
    this.#sessionHandles = new SessionHandles(driver);
    this.sessions = new SessionsHandle(driver);
    this.resumedLocks = resumedLocks.map(({ lockId, name, token }) => new LockHandle(driver, lockId, name, token));
  }

  get session(): Client['session'] {
    return this.#sessionHandles.newest();
  }

  get state(): ClientStatus {
    return this.#driver.status;
  }

  async get(key: Bytes, options?: ReadOptions): Promise<Entry | undefined> {
    const body = {
      kind: 'get',
      key: bytesOf(key, 'a key'),
      revision: revisionOf(options?.revision, 'revision'),
      consistency: consistencyOf(options),
    } as const;
    const { result } = await this.#driver.call<'result'>({ kind: 'read', body }, callLimits(options));
    if (result.body.kind !== 'get') throw unexpected('an entry', result.body.kind);
    return optionalEntryOf(result.body.entry);
  }

  async put(
    key: Bytes,
    value: Bytes,
    options?: CallOptions & { readonly ephemeral?: boolean | undefined },
  ): Promise<{ readonly revision: number }> {
    const body = {
      kind: 'put',
      key: bytesOf(key, 'a key'),
      value: bytesOf(value, 'a value'),
      ephemeral: booleanOf(options?.ephemeral, 'ephemeral'),
    } as const;
    const { revision } = await this.#command(body, options);
    return { revision };
  }

  async delete(key: Bytes, options?: CallOptions): Promise<{ readonly revision: number; readonly deleted: boolean }> {
    const { body, revision } = await this.#command({ kind: 'delete', key: bytesOf(key, 'a key') }, options);
    if (body.kind !== 'delete') throw unexpected('a deletion', body.kind);
    return { revision, deleted: body.deleted };
  }

  async range(
    what: Selector,
    options?: ReadOptions & { readonly limit?: number | undefined },
  ): Promise<{ readonly revision: number; readonly entries: readonly Entry[]; readonly more: boolean }> {
    const body = {
      kind: 'range',
      range: keyRangeOf(what),
      revision: revisionOf(options?.revision, 'revision'),
      consistency: consistencyOf(options),
      limit: options?.limit === undefined ? 0 : wholeNumber(options.limit, 'limit', 1, uint32High),
    } as const;
    const { result } = await this.#driver.call<'result'>({ kind: 'read', body }, callLimits(options));
    if (result.body.kind !== 'range') throw unexpected('a range', result.body.kind);
    const { entries, more } = result.body;
    return { revision: result.revision, entries: entries.map(entryOf), more };
  }

  async watch(what: Selector, options?: CallOptions & { readonly fromRevision?: number | undefined }): Promise<Watch> {
    const range = keyRangeOf(what);
    const fromRevision = revisionOf(options?.fromRevision, 'fromRevision');
    const limits = callLimits(options, Number.POSITIVE_INFINITY);
    const watchId = this.#driver.newCallId();
    const watch = new WatchHandle(this.#driver, watchId);
    try {
      const request = { kind: 'watch', range, fromRevision } as const;
      const { startRevision } = await this.#driver.call<'watching'>(request, limits, watchId);
      watch.start(startRevision, limits.signal);
      return watch;
    } catch (error) {
      this.#driver.closeWatch(watchId);
      throw error;
    }
  }

  view<T>(what: Selector, options: TypedViewOptions<T>): Promise<View<T>>;
  view(what: Selector, options?: ViewOptions & { readonly schema?: undefined }): Promise<View>;
  async view<T>(what: Selector, options?: AnyViewOptions<T>): Promise<View<T>> {
    return await KeyView.open(this, what, options);
  }

  async lock(name: string, options?: CallOptions): Promise<Lock> {
    const lock = await this.#acquire(name, true, options);
    if (lock === undefined) throw unexpected('a place in the queue', 'a refusal');
    return lock;
  }

  async tryLock(name: string, options?: CallOptions): Promise<Lock | undefined> {
    return await this.#acquire(name, false, options);
  }

  async withLock<T>(name: string, task: (lock: Lock) => T | PromiseLike<T>, options?: CallOptions): Promise<T> {
    if (typeof task !== 'function') throw invalidArgument('withLock takes a function');
    const lock = await this.#acquire(name, true, options);
    if (lock === undefined) throw unexpected('a place in the queue', 'a refusal');
    let value: T;
    try {
      value = await task(lock);
    } catch (error) {
      await lock[Symbol.asyncDispose]();
      throw error;
    }
    const { lost } = lock;
    // It was held to the end: that the service could not be told so does not undo what the task did.
    const released = await lock.release().catch(() => 'released');
    if (lost || released === 'lost') throw lockLost(name, 'unknown');
    return value;
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

  async #acquire(name: string, wait: boolean, options: CallOptions | undefined): Promise<LockHandle | undefined> {
    const request = { kind: 'lock', name: nameOf(name, 'the name of a lock'), wait } as const;
    const limits = wait ? callLimits(options, Number.POSITIVE_INFINITY) : callLimits(options);
    const lockId = this.#driver.newCallId();
    const answer = await this.#driver.call<'lockHeld' | 'lockRefused'>(request, limits, lockId);
    return answer.type === 'lockHeld' ? new LockHandle(this.#driver, lockId, name, answer.token) : undefined;
  }

  async #command(body: ProgramCommand, options: CallOptions | undefined): Promise<Result> {
    const { result } = await this.#driver.call<'result'>({ kind: 'command', body }, callLimits(options));
    return result;
  }
}
