import { assert } from '../wire/assert.ts';
import type { Acquisition, LockRequest } from './acquisition.ts';
import type { LockDelay } from './applied.ts';
import { type Hashed, hasher, recordKind, type StateHash } from './hash.ts';
import { LockHolders } from './lock-holders.ts';
import { closureBytes } from './resident-bytes.ts';
import { compareNumbers, SortedMap } from './sorted-map.ts';

/** A lock-delay in force: the session of a holder has expired, and what it had begun under the lock may still be under way. */
export interface Closure extends LockDelay, Hashed {}

/**
 * One lock while anybody holds it or waits for it, or a delay keeps it closed. One that is free leaves nothing behind, as the next token
 * is a revision, higher than any before.
 */
export class Lock {
  readonly name: string;
  readonly holders = new LockHolders();
  closure: Closure | undefined;
  /** By `askedRevision`; undefined if nobody ever waited. */
  #waiters: SortedMap<number, Acquisition> | undefined;

  constructor(name: string) {
    this.name = name;
  }

  get waiterCount(): number {
    return this.#waiters?.size ?? 0;
  }

  get isIdle(): boolean {
    return this.holders.count === 0 && this.closure === undefined && this.waiterCount === 0;
  }

  get firstWaiter(): Acquisition | undefined {
    const first = this.#waiters?.minKey();
    return first === undefined ? undefined : this.#waiters?.get(first);
  }

  /** In the order of the queue. */
  waiters(): Iterable<Acquisition> {
    return this.#waiters?.values() ?? [];
  }

  /** Whether the request goes together with those who hold the lock; the queue is not asked. */
  admits({ mode, permits }: LockRequest): boolean {
    if (this.closure !== undefined) return false;
    const { first } = this.holders;
    if (first === undefined) return true;
    if (first.mode !== mode || mode === 'exclusive') return false;
    return mode === 'shared' || this.holders.count < permits;
  }

  enqueue(acquisition: Acquisition): void {
    this.#waiters ??= new SortedMap<number, Acquisition>(undefined, compareNumbers);
    this.#waiters.set(acquisition.askedRevision, acquisition);
  }

  dequeue(acquisition: Acquisition): void {
    assert(this.#waiters?.get(acquisition.askedRevision) === acquisition, 'who waits is in the queue');
    this.#waiters.delete(acquisition.askedRevision);
  }
}

/** First in each of its queues, and goes together with all who hold the locks. */
export function isGrantable(locks: ReadonlyMap<string, Lock>, waiting: Acquisition): boolean {
  return waiting.names.every((name) => {
    const lock = locks.get(name);
    return lock !== undefined && lock.firstWaiter === waiting && lock.admits(waiting);
  });
}

/** Its hash is made anew. */
export function countClosure(closure: Closure, hash: StateHash): void {
  hashClosure(closure, closure);
  hash.add(closure);
  hash.resident.kept += closureBytes(closure);
}

export function discountClosure(closure: Closure, hash: StateHash): void {
  hash.remove(closure);
  hash.resident.kept -= closureBytes(closure);
}

function hashClosure({ name, sinceRevision, delayMs }: Closure, into: Hashed): void {
  hasher.begin(recordKind.lockClosure).text(name).integer(sinceRevision).integer(delayMs).finish(into);
}
