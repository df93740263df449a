import type { Sequence, SessionId } from '../../wire/identifiers.ts';
import type { SessionLock } from '../../wire/session-info.ts';
import { type AcquisitionHistory, acquisitionKey, type LockView, type Version, valueAt } from './reference-log.ts';

interface Lock {
  holder: AcquisitionHistory | undefined;
  readonly waiters: AcquisitionHistory[];
}

const freeLock: LockView = { holder: undefined, waiters: 0 };

/** The locks of the reference model: first come, first served. */
export class ReferenceLocks {
  readonly acquisitions = new Map<string, AcquisitionHistory>();
  readonly #locks = new Map<string, Lock>();
  readonly #views = new Map<string, Version<LockView>[]>();

  view(name: string): LockView {
    return this.#views.get(name)?.at(-1)?.value ?? freeLock;
  }

  viewAt(name: string, revision: number): LockView {
    return valueAt(this.#views.get(name), revision) ?? freeLock;
  }

  stateOf(name: string, sessionId: SessionId, sequence: Sequence): 'queued' | 'held' | 'gone' {
    const acquisition = this.acquisitions.get(acquisitionKey(sessionId, sequence));
    if (acquisition === undefined || acquisition.name !== name || acquisition.endedRevision !== undefined)
      return 'gone';
    return acquisition.token === undefined ? 'queued' : 'held';
  }

  acquire(name: string, sessionId: SessionId, generation: number, sequence: Sequence, revision: number): void {
    const acquisition: AcquisitionHistory = {
      name,
      sessionId,
      sequence,
      generation,
      askedRevision: revision,
      token: undefined,
      endedRevision: undefined,
      endedBy: undefined,
    };
    this.acquisitions.set(acquisitionKey(sessionId, sequence), acquisition);
    const lock = this.#locks.get(name) ?? { holder: undefined, waiters: [] };
    this.#locks.set(name, lock);
    lock.waiters.push(acquisition);
    this.#settle(name, lock, revision);
  }

  end(sessionId: SessionId, sequence: Sequence, revision: number, by: AcquisitionHistory['endedBy']): void {
    const acquisition = this.acquisitions.get(acquisitionKey(sessionId, sequence));
    const lock = acquisition === undefined ? undefined : this.#locks.get(acquisition.name);
    if (acquisition === undefined || lock === undefined) throw new RangeError('no such acquisition');
    this.#remove(acquisition, lock, revision, by);
    this.#settle(acquisition.name, lock, revision);
  }

  /** The places in queues go; what is held stays. */
  withdraw(sessionId: SessionId, revision: number): void {
    for (const [name, lock] of this.#locks) {
      const own = lock.waiters.filter((acquisition) => acquisition.sessionId === sessionId);
      for (const acquisition of own) this.#remove(acquisition, lock, revision, 'withdrawn');
      if (own.length > 0) this.#settle(name, lock, revision);
    }
  }

  /** In the order of asking. */
  heldBy(sessionId: SessionId): readonly SessionLock[] {
    const held: SessionLock[] = [];
    for (const [name, { holder }] of this.#locks) {
      if (holder?.sessionId === sessionId) held.push({ name, sequence: holder.sequence, token: holder.token ?? 0 });
    }
    return held.sort((a, b) => a.sequence - b.sequence);
  }

  endSession(sessionId: SessionId, revision: number): void {
    for (const [name, lock] of this.#locks) {
      const own = [lock.holder, ...lock.waiters].filter((acquisition) => acquisition?.sessionId === sessionId);
      for (const acquisition of own)
        if (acquisition !== undefined) this.#remove(acquisition, lock, revision, 'session');
      if (own.length > 0) this.#settle(name, lock, revision);
    }
  }

  #remove(acquisition: AcquisitionHistory, lock: Lock, revision: number, by: AcquisitionHistory['endedBy']): void {
    acquisition.endedRevision = revision;
    acquisition.endedBy = by;
    if (lock.holder === acquisition) lock.holder = undefined;
    else lock.waiters.splice(lock.waiters.indexOf(acquisition), 1);
  }

  #settle(name: string, lock: Lock, revision: number): void {
    if (lock.holder === undefined) {
      lock.holder = lock.waiters.shift();
      if (lock.holder !== undefined) lock.holder.token = revision;
    }
    const { holder } = lock;
    const views = this.#views.get(name) ?? [];
    this.#views.set(name, views);
    views.push({
      revision,
      value: {
        holder:
          holder === undefined
            ? undefined
            : { sessionId: holder.sessionId, sequence: holder.sequence, token: holder.token ?? 0 },
        waiters: lock.waiters.length,
      },
    });
  }
}
