import { assert } from '../wire/assert.ts';
import { equalBytes } from '../wire/bytes.ts';
import type { Revision, Sequence, SessionId } from '../wire/identifiers.ts';
import { type Acquisition, countAcquisition, discountAcquisition, type LockRequest, namesOf } from './acquisition.ts';
import { AcquisitionIndex } from './acquisition-index.ts';
import type { LockDelay } from './applied.ts';
import { ChangedNames } from './changed-names.ts';
import type { Checksum, StateHash } from './hash.ts';
import { type Closure, countClosure, discountClosure, isGrantable, Lock } from './lock.ts';
import { verifyClosures, verifyLocks } from './lock-verification.ts';
import { compareText } from './sorted-map.ts';
import type { RestoredAcquisition } from './state-records.ts';

const none: readonly Acquisition[] = [];

/**
 * Exclusive and shared locks, permits, and several locks at once, granted in the order of asking. A request is granted when it is the
 * first in the queue of each of its names and goes together with all who hold them; nobody overtakes one that has to wait.
 *
 * Whoever is first of all who wait is first in each of its queues, and waits for holders alone: so there is no deadlock among requests
 * for several names.
 */
export class Locks {
  readonly #locks = new Map<string, Lock>();
  /** Every acquisition, waiting or holding: follows from `#locks`. */
  readonly #index = new AcquisitionIndex();
  /** Those that a delay keeps closed: follows from `#locks`. */
  readonly #closed = new Map<string, Closure>();
  readonly changed = new ChangedNames();
  readonly #hash: StateHash;
  readonly #checksum: Checksum;

  constructor(hash: StateHash, checksum: Checksum, origin?: Locks) {
    this.#hash = hash;
    this.#checksum = checksum;
    if (origin === undefined) return;
    for (const { name, closure } of origin.#locks.values()) if (closure !== undefined) this.#close(closure, name);
    for (const original of origin.all()) {
      const acquisition = { ...original };
      this.#index.add(acquisition);
      for (const name of acquisition.names) {
        const lock = this.#lock(name);
        if (acquisition.token === 0) lock.enqueue(acquisition);
        else lock.holders.add(acquisition);
      }
    }
  }

  /** Of a lock that is held, waited for or closed. */
  get(name: string): Lock | undefined {
    return this.#locks.get(name);
  }

  /** Of those that are held, waited for or closed, in no order. */
  names(): Iterable<string> {
    return this.#locks.keys();
  }

  /** The delays in force. */
  closures(): Iterable<Closure> {
    return this.#closed.values();
  }

  /** Waiting or holding; undefined if that command asked for another lock, or its acquisition has ended. */
  find(name: string, sessionId: SessionId, sequence: Sequence): Acquisition | undefined {
    const acquisition = this.#index.find(sessionId, sequence);
    return acquisition?.names.includes(name) ? acquisition : undefined;
  }

  /** How many names the session holds or waits for. */
  nameCountOf(sessionId: SessionId): number {
    return this.#index.nameCountOf(sessionId);
  }

  /** Whether the request would be granted at once. */
  isFree(request: LockRequest): boolean {
    return request.names.every((name) => {
      const lock = this.#locks.get(name);
      return lock === undefined || (lock.waiterCount === 0 && lock.admits(request));
    });
  }

  /** Grants what is free, else queues. */
  acquire(request: LockRequest, sessionId: SessionId, sequence: Sequence, askedRevision: Revision): Acquisition {
    const acquisition: Acquisition = { hashA: 0, hashB: 0, ...request, sessionId, sequence, askedRevision, token: 0 };
    const free = this.isFree(request);
    this.#index.add(acquisition);
    this.changed.add(acquisition.names);
    if (free) {
      this.#hold(acquisition, askedRevision);
    } else {
      for (const name of acquisition.names) this.#lock(name).enqueue(acquisition);
    }
    countAcquisition(acquisition, this.#checksum, this.#hash);
    return acquisition;
  }

  /** Ends the acquisitions, and then grants what they had stood in the way of; returns who was granted. */
  endAll(acquisitions: readonly Acquisition[], revision: Revision): readonly Acquisition[] {
    if (acquisitions.length === 0) return none;
    for (const acquisition of acquisitions) this.#remove(acquisition);
    return this.#settle(namesOf(acquisitions), revision);
  }

  /** The same for all of the session. */
  endSession(sessionId: SessionId, revision: Revision): readonly Acquisition[] {
    const granted = this.endAll([...this.ofSession(sessionId)], revision);
    this.#index.forget(sessionId);
    return granted;
  }

  /** Gives up the session's places in queues; what it holds it keeps. Returns who was granted. */
  withdraw(sessionId: SessionId, revision: Revision): readonly Acquisition[] {
    const waiting = [...this.ofSession(sessionId)].filter(({ token }) => token === 0);
    return this.endAll(waiting, revision);
  }

  /** The session is about to end without having released what it holds: that stays closed for its delay, from this revision on. */
  delayHeld(sessionId: SessionId, revision: Revision): readonly Closure[] {
    const begun = new Map<string, Closure>();
    for (const { delayMs, token, names } of this.ofSession(sessionId)) {
      if (token === 0 || delayMs === 0) continue;
      for (const name of names) begun.set(name, this.#delay(name, revision, delayMs));
    }
    return [...begun.values()];
  }

  /** Opens the lock if that delay is still in force; returns those that were granted for it, else undefined. */
  endDelay(name: string, sinceRevision: Revision, advance: () => Revision): readonly Acquisition[] | undefined {
    const lock = this.#locks.get(name);
    if (lock?.closure?.sinceRevision !== sinceRevision) return undefined;
    this.#open(lock);
    this.changed.add([name]);
    if (lock.isIdle) this.#locks.delete(name);
    return this.#settle([name], advance());
  }

  /** One of `all`; in their order, which is also that of the grants of one lock. */
  restore(restored: RestoredAcquisition): void {
    const acquisition: Acquisition = { hashA: 0, hashB: 0, ...restored };
    this.#index.add(acquisition);
    for (const name of acquisition.names) {
      const lock = this.#lock(name);
      if (acquisition.token === 0) lock.enqueue(acquisition);
      else lock.holders.add(acquisition);
    }
    countAcquisition(acquisition, this.#checksum, this.#hash);
  }

  /** One of `allClosures`. */
  restoreClosure(delay: LockDelay): void {
    const closure: Closure = { hashA: 0, hashB: 0, ...delay };
    assert(!this.#closed.has(closure.name), 'a lock has one delay');
    countClosure(closure, this.#hash);
    this.#close(closure, closure.name);
  }

  setNote(acquisition: Acquisition, note: Uint8Array): void {
    // Of those who wait, only their number is told.
    if (acquisition.token !== 0 && !equalBytes(note, acquisition.note)) this.changed.add(acquisition.names);
    discountAcquisition(acquisition, this.#hash);
    acquisition.note = note;
    countAcquisition(acquisition, this.#checksum, this.#hash);
  }

  /** In the order of asking. */
  all(): readonly Acquisition[] {
    return this.#index.all();
  }

  /** Of one session, in the order of asking. */
  ofSession(sessionId: SessionId): Iterable<Acquisition> {
    return this.#index.ofSession(sessionId);
  }

  /** The delays in force, in the order of names. */
  allClosures(): readonly Closure[] {
    return [...this.#closed.values()].sort((a, b) => compareText(a.name, b.name));
  }

  addTo(hash: StateHash): void {
    for (const acquisition of this.all()) countAcquisition({ ...acquisition }, this.#checksum, hash);
    for (const closure of this.#closed.values()) countClosure({ ...closure }, hash);
  }

  /** @throws AssertionFailure */
  verify(revision: Revision, isLive: (sessionId: SessionId) => boolean): void {
    assert(!this.changed.any, 'what a command did to locks has become events');
    verifyLocks(this.#locks, this.all(), revision, isLive);
    for (const id of this.#index.sessions()) assert(isLive(id), 'of a session that has ended nothing is left');
    verifyClosures(this.#locks, this.#closed);
  }

  /** Whoever has come to the head of a queue and goes together with the holders is granted, one after the other. */
  #settle(names: readonly string[], revision: Revision): readonly Acquisition[] {
    let granted: Acquisition[] | undefined;
    // A grant of several locks makes others first in the queues of those.
    const touched = [...names];
    for (let at = 0; at < touched.length; at++) {
      const name = touched[at] as string;
      for (let next = this.#next(name); next !== undefined; next = this.#next(name)) {
        this.#grant(next, revision);
        granted ??= [];
        granted.push(next);
        for (const other of next.names) if (other !== name) touched.push(other);
      }
    }
    return granted ?? none;
  }

  #next(name: string): Acquisition | undefined {
    const first = this.#locks.get(name)?.firstWaiter;
    return first !== undefined && isGrantable(this.#locks, first) ? first : undefined;
  }

  #grant(acquisition: Acquisition, revision: Revision): void {
    assert(this.#index.find(acquisition.sessionId, acquisition.sequence) === acquisition, 'the new holder is live');
    discountAcquisition(acquisition, this.#hash);
    for (const name of acquisition.names) this.#lock(name).dequeue(acquisition);
    this.changed.add(acquisition.names);
    this.#hold(acquisition, revision);
    countAcquisition(acquisition, this.#checksum, this.#hash);
  }

  #hold(acquisition: Acquisition, revision: Revision): void {
    assert(acquisition.token === 0, 'an acquisition is granted once');
    const { mode, askedRevision } = acquisition;
    let token: number = mode === 'permit' ? askedRevision : revision;
    for (const name of acquisition.names) {
      const lock = this.#lock(name);
      const { first } = lock.holders;
      if (first !== undefined) {
        assert(mode !== 'exclusive' && first.mode === mode, 'those who hold a lock go together');
        if (mode === 'shared') token = first.token;
      }
      lock.holders.add(acquisition);
    }
    acquisition.token = token;
  }

  #remove(acquisition: Acquisition): void {
    this.#index.remove(acquisition);
    discountAcquisition(acquisition, this.#hash);
    this.changed.add(acquisition.names);
    for (const name of acquisition.names) {
      const lock = this.#locks.get(name);
      assert(lock !== undefined, 'an acquisition waits for or holds a lock');
      if (acquisition.token === 0) lock.dequeue(acquisition);
      else lock.holders.remove(acquisition);
      if (lock.isIdle) this.#locks.delete(name);
    }
  }

  /** One that fails during another's delay begins a delay of its own, which is not shorter. */
  #delay(name: string, sinceRevision: Revision, delayMs: number): Closure {
    const lock = this.#lock(name);
    const longest = Math.max(delayMs, lock.closure?.delayMs ?? 0);
    if (lock.closure !== undefined) this.#open(lock);
    const closure: Closure = { hashA: 0, hashB: 0, name, sinceRevision, delayMs: longest };
    countClosure(closure, this.#hash);
    this.#close(closure, name);
    this.changed.add([name]);
    return closure;
  }

  #close(closure: Closure, name: string): void {
    this.#lock(name).closure = closure;
    this.#closed.set(name, closure);
  }

  #open(lock: Lock): void {
    assert(lock.closure !== undefined, 'only a closed lock is opened');
    discountClosure(lock.closure, this.#hash);
    lock.closure = undefined;
    this.#closed.delete(lock.name);
  }

  #lock(name: string): Lock {
    let lock = this.#locks.get(name);
    if (lock === undefined) {
      lock = new Lock(name);
      this.#locks.set(name, lock);
    }
    return lock;
  }
}
