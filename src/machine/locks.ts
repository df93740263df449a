import { assert } from '../wire/assert.ts';
import type { Revision, Sequence, SessionId } from '../wire/identifiers.ts';
import { type Hashed, hasher, recordKind, StateHash } from './hash.ts';
import { compareNumbers, compareText, SortedMap } from './sorted-map.ts';

/** One request for a lock, owned by the command that made it: two of one session exclude each other. */
export interface Acquisition extends Hashed {
  readonly name: string;
  readonly sessionId: SessionId;
  /** The number of the `lockAcquire` command. */
  readonly sequence: Sequence;
  /** When it was asked for: the queue is in this order. */
  readonly askedRevision: Revision;
  /** The fencing token: the revision at which it was granted; 0 while it waits. */
  token: number;
}

/** Only held locks exist: one that is free leaves nothing behind, as the next token is a revision, higher than any before. */
interface Lock {
  holder: Acquisition;
  /** By `askedRevision`; undefined if nobody ever waited for this holder or one before it. */
  waiters: SortedMap<number, Acquisition> | undefined;
}

/** Exclusive locks, granted in the order of asking. */
export class Locks {
  readonly #locks = new Map<string, Lock>();
  /** Every acquisition, waiting or holding: follows from `#locks`. */
  readonly #bySession = new Map<SessionId, Map<Sequence, Acquisition>>();
  readonly #hash: StateHash;

  constructor(hash: StateHash, origin?: Locks) {
    this.#hash = hash;
    if (origin === undefined) return;
    for (const [name, { holder, waiters }] of origin.#locks) {
      const lock: Lock = { holder: this.#index({ ...holder }), waiters: undefined };
      this.#locks.set(name, lock);
      for (const waiter of waiters?.values() ?? []) enqueue(lock, this.#index({ ...waiter }));
    }
  }

  holder(name: string): Acquisition | undefined {
    return this.#locks.get(name)?.holder;
  }

  waiterCount(name: string): number {
    return this.#locks.get(name)?.waiters?.size ?? 0;
  }

  /** Waiting or holding; undefined if that command asked for another lock, or its acquisition has ended. */
  find(name: string, sessionId: SessionId, sequence: Sequence): Acquisition | undefined {
    const acquisition = this.#bySession.get(sessionId)?.get(sequence);
    return acquisition?.name === name ? acquisition : undefined;
  }

  /** Grants the lock if it is free, else queues. */
  acquire(name: string, sessionId: SessionId, sequence: Sequence, revision: Revision): Acquisition {
    const lock = this.#locks.get(name);
    const token = lock === undefined ? revision : 0;
    const acquisition = { hashA: 0, hashB: 0, name, sessionId, sequence, askedRevision: revision, token };
    this.#index(acquisition);
    hashAcquisition(acquisition, acquisition);
    this.#hash.add(acquisition);
    if (lock === undefined) this.#locks.set(name, { holder: acquisition, waiters: undefined });
    else enqueue(lock, acquisition);
    return acquisition;
  }

  /** Ends the acquisition. If it held the lock, the next in the queue is granted it, and returned. */
  end(acquisition: Acquisition, revision: Revision): Acquisition | undefined {
    this.#forget(acquisition);
    const { name } = acquisition;
    const lock = this.#locks.get(name);
    assert(lock !== undefined, 'an acquisition waits for or holds a lock that is held');
    if (acquisition.token === 0) {
      dequeue(lock, acquisition);
      return undefined;
    }
    assert(lock.holder === acquisition, 'a lock has one holder');
    const next = firstWaiter(lock);
    if (next === undefined) {
      this.#locks.delete(name);
      return undefined;
    }
    dequeue(lock, next);
    lock.holder = next;
    this.#grant(next, acquisition.token, revision);
    return next;
  }

  /** Ends all acquisitions of the session; returns those that were granted for it, in the order of names. */
  endSession(sessionId: SessionId, revision: Revision): readonly Acquisition[] {
    const own = [...(this.#bySession.get(sessionId)?.values() ?? [])];
    // Those that wait go first, so that no lock is handed to the session that ends.
    for (const waiting of own.filter(({ token }) => token === 0)) this.end(waiting, revision);
    const granted: Acquisition[] = [];
    const held = own.filter(({ token }) => token !== 0).sort((a, b) => compareText(a.name, b.name));
    for (const acquisition of held) {
      const next = this.end(acquisition, revision);
      if (next !== undefined) granted.push(next);
    }
    return granted;
  }

  /** Gives up the session's places in queues; what it holds it keeps. */
  withdraw(sessionId: SessionId, revision: Revision): void {
    for (const acquisition of this.ofSession(sessionId)) {
      if (acquisition.token === 0) this.end(acquisition, revision);
    }
  }

  /** What the session holds or waits for, in the order of asking. */
  ofSession(sessionId: SessionId): readonly Acquisition[] {
    return [...(this.#bySession.get(sessionId)?.values() ?? [])].sort((a, b) => a.sequence - b.sequence);
  }

  /** In the order of names; of each, the holder first and then the queue. */
  *all(): IterableIterator<Acquisition> {
    for (const name of [...this.#locks.keys()].sort(compareText)) {
      const { holder, waiters } = this.#locks.get(name) as Lock;
      yield holder;
      if (waiters !== undefined) yield* waiters.values();
    }
  }

  addTo(hash: StateHash): void {
    const again = new StateHash();
    for (const acquisition of this.all()) {
      hashAcquisition(acquisition, again);
      hash.add(again);
    }
  }

  /** @throws AssertionFailure */
  verify(revision: Revision, isLive: (sessionId: SessionId) => boolean): void {
    let count = 0;
    for (const [name, { holder, waiters }] of this.#locks) {
      const queue = [...(waiters?.values() ?? [])];
      count += 1 + queue.length;
      assert(holder.token >= holder.askedRevision && holder.token <= revision, 'a holder has a token');
      let lastAsked = holder.askedRevision;
      for (const acquisition of [holder, ...queue]) {
        const { sessionId, sequence } = acquisition;
        assert(isLive(sessionId), 'who holds or waits has a live session');
        assert(this.find(name, sessionId, sequence) === acquisition, 'an acquisition is found by its command');
        if (acquisition === holder) continue;
        assert(acquisition.token === 0 && acquisition.askedRevision > lastAsked, 'a queue is in the order of asking');
        lastAsked = acquisition.askedRevision;
      }
    }
    for (const acquisitions of this.#bySession.values()) count -= acquisitions.size;
    assert(count === 0, 'an acquisition waits for or holds a lock');
  }

  #grant(acquisition: Acquisition, lastToken: number, revision: Revision): void {
    assert(this.#bySession.get(acquisition.sessionId)?.has(acquisition.sequence) === true, 'the new holder is live');
    assert(acquisition.token === 0 && revision > lastToken, 'the tokens of a lock rise');
    this.#hash.remove(acquisition);
    acquisition.token = revision;
    hashAcquisition(acquisition, acquisition);
    this.#hash.add(acquisition);
  }

  #index(acquisition: Acquisition): Acquisition {
    const { sessionId, sequence } = acquisition;
    let own = this.#bySession.get(sessionId);
    if (own === undefined) {
      own = new Map();
      this.#bySession.set(sessionId, own);
    }
    assert(!own.has(sequence), 'a command makes one acquisition');
    own.set(sequence, acquisition);
    return acquisition;
  }

  #forget(acquisition: Acquisition): void {
    const own = this.#bySession.get(acquisition.sessionId);
    assert(own?.get(acquisition.sequence) === acquisition, 'an acquisition ends once');
    own.delete(acquisition.sequence);
    if (own.size === 0) this.#bySession.delete(acquisition.sessionId);
    this.#hash.remove(acquisition);
  }
}

function enqueue(lock: Lock, acquisition: Acquisition): void {
  lock.waiters ??= new SortedMap<number, Acquisition>(undefined, compareNumbers);
  lock.waiters.set(acquisition.askedRevision, acquisition);
}

function dequeue(lock: Lock, acquisition: Acquisition): void {
  assert(lock.waiters?.get(acquisition.askedRevision) === acquisition, 'who waits is in the queue');
  lock.waiters.delete(acquisition.askedRevision);
}

function firstWaiter({ waiters }: Lock): Acquisition | undefined {
  const first = waiters?.minKey();
  return first === undefined ? undefined : waiters?.get(first);
}

function hashAcquisition(acquisition: Acquisition, into: Hashed): void {
  hasher
    .begin(recordKind.acquisition)
    .text(acquisition.name)
    .integer(acquisition.sessionId)
    .integer(acquisition.sequence)
    .integer(acquisition.askedRevision)
    .integer(acquisition.token)
    .finish(into);
}
