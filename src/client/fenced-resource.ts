import { kindOf, nameOf, wholeNumber } from './arguments.ts';
import { ConclaveError, invalidArgument } from './error.ts';
import type { FencingStore } from './fencing-store.ts';
import { LockHandle } from './lock-handle.ts';
import type { Lock } from './lock-types.ts';

/** A fencing token, or a lock that has one. Over the network, send both `name` and `token`. */
export type FencingToken = number | Pick<Lock, 'name' | 'token'>;

/**
 * What a lock protects, outside of Conclave: it accepts no token that is lower than the highest that it has seen.
 *
 * The token is compared in the very transaction that writes, for between a comparison and a later write there is room for another
 * writer. Whatever else writes to the data goes around the fence.
 *
 * Only tokens of locks, exclusive or shared, are fencing tokens: they rise from each grant to the next, and the holders of one shared
 * grant have the same. The id of a semaphore's permit does not rise in that way and must not be used for one.
 */
export class FencedResource<T> {
  /** Of the lock that protects it, under which the store keeps the highest token. */
  readonly name: string;
  readonly #store: FencingStore<T>;

  /**
   * `name` is that of the lock: tokens of different locks say nothing about each other, so there is one lock for one resource.
   *
   * Throws INVALID_ARGUMENT.
   */
  constructor(name: string, store: FencingStore<T>) {
    this.name = nameOf(name, 'the name of a resource');
    if (name === '') throw invalidArgument('the name of a resource is that of its lock, and not empty');
    if (typeof store?.transaction !== 'function' || typeof store.raiseToken !== 'function') {
      throw invalidArgument('a fencing store is { transaction, raiseToken }');
    }
    this.#store = store;
  }

  /**
   * Runs `change` in a transaction of the store in which the token is not lower than any seen before, and commits both. Resolves to
   * what `change` returned. Equal tokens are accepted: they are of one holder, or of one shared grant. Not exactly once: a write
   * that is made twice happens twice.
   *
   * Rejects with STALE_TOKEN if a higher token was seen; with INVALID_ARGUMENT for what is not a token of this resource's lock (a
   * whole number from 1 to 2^53 - 1), or if the store breaks its contract; with LOCK_LOST if it is given a lock of this process that
   * is not held. These are not applied, and in that transaction `change` was not called; `outcome` is 'unknown' only for a store
   * that reported a commit while `change` was still running. What `change` or the store throws is passed on.
   *
   * `change` does all its work by means of the transaction and before it resolves. It may be called again if the store repeats the
   * transaction.
   */
  async write<R>(holder: FencingToken, change: (transaction: T) => R | PromiseLike<R>): Promise<R> {
    const token = this.#tokenOf(holder);
    if (typeof change !== 'function') throw invalidArgument(`a change is a function, not ${kindOf(change)}`);
    assertHeld(holder);
    const attempt = new Attempt(async (transaction: T) => {
      await this.#raise(transaction, token);
      // It may have waited long for its turn.
      assertHeld(holder);
    }, change);
    try {
      await this.#store.transaction((transaction) => attempt.run(transaction), this.name);
    } catch (error) {
      throw attempt.endWith(error);
    }
    return attempt.end();
  }

  /**
   * Shuts out every lower token from now on. For a holder that reads first and writes later: until the resource has seen its token,
   * an older holder's late write is still accepted, and might come in between.
   *
   * Rejects as `write` does.
   */
  claim(holder: FencingToken): Promise<void> {
    return this.write(holder, () => {});
  }

  #tokenOf(holder: unknown): number {
    if (typeof holder === 'number') return wholeNumber(holder, 'a fencing token', 1);
    if (typeof holder !== 'object' || holder === null) {
      throw invalidArgument(`a fencing token is a number or a lock, not ${kindOf(holder)}`);
    }
    const { name, token } = holder as { readonly name?: unknown; readonly token?: unknown };
    if (typeof token !== 'number') {
      throw invalidArgument(`the token of a lock is a number, not ${kindOf(token)}`);
    }
    if (nameOf(name, 'the name of a lock') !== this.name) {
      throw invalidArgument(`the lock '${name}' is not the one that protects '${this.name}'`);
    }
    return wholeNumber(token, 'the token of a lock', 1);
  }

  async #raise(transaction: T, token: number): Promise<void> {
    const highest = await this.#store.raiseToken(transaction, this.name, token);
    // Databases are fond of returning 64-bit integers as text: '9' is above '10'.
    if (!Number.isSafeInteger(highest) || highest < token) {
      const returned = typeof highest === 'number' ? String(highest) : kindOf(highest);
      throw invalidArgument(`raiseToken returns the larger of ${token} and the number that is stored, not ${returned}`);
    }
    if (highest === token) return;
    const message = `the fencing token ${token} is older than ${highest}, the highest that '${this.name}' has seen`;
    throw new ConclaveError('STALE_TOKEN', message);
  }
}

/** One write, as often as the store runs it. */
class Attempt<T, R> {
  readonly #check: (transaction: T) => Promise<void>;
  readonly #change: (transaction: T) => R | PromiseLike<R>;
  #state:
    | { readonly name: 'never run' | 'running' | 'over' }
    | { readonly name: 'done'; readonly result: R }
    | { readonly name: 'refused' | 'failed'; readonly error: unknown } = { name: 'never run' };

  constructor(check: (transaction: T) => Promise<void>, change: (transaction: T) => R | PromiseLike<R>) {
    this.#check = check;
    this.#change = change;
  }

  async run(transaction: T): Promise<void> {
    this.#assertNotOver();
    this.#state = { name: 'running' };
    try {
      await this.#check(transaction);
      this.#assertNotOver();
    } catch (error) {
      this.#state = { name: 'refused', error };
      throw error;
    }
    try {
      this.#state = { name: 'done', result: await this.#change(transaction) };
    } catch (error) {
      this.#state = { name: 'failed', error };
      throw error;
    }
  }

  /** The store says that it has committed. A store that does not keep to its contract is told so, rather than believed. */
  end(): R {
    const state = this.#state;
    this.#state = { name: 'over' };
    switch (state.name) {
      case 'done':
        return state.result;
      case 'refused':
      case 'failed':
        throw state.error;
      default:
        throw new ConclaveError('INVALID_ARGUMENT', 'the transaction of the store did not wait for its work', {
          outcome: state.name === 'running' ? 'unknown' : 'not-applied',
        });
    }
  }

  /** The store has rejected. Our refusal counts for more: however the transaction has ended, there was no change in it. */
  endWith(error: unknown): unknown {
    const state = this.#state;
    this.#state = { name: 'over' };
    return state.name === 'refused' && state.error instanceof ConclaveError ? state.error : error;
  }

  /** A store may have given up waiting, and begin only then. */
  #assertNotOver(): void {
    if (this.#state.name === 'over') throw invalidArgument('the write has ended before its transaction did');
  }
}

function assertHeld(holder: FencingToken): void {
  if (holder instanceof LockHandle) holder.assertHeld();
}
