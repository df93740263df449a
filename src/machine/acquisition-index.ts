import { assert } from '../wire/assert.ts';
import type { Sequence, SessionId } from '../wire/identifiers.ts';
import type { Acquisition } from './acquisition.ts';

interface Own {
  readonly acquisitions: Map<Sequence, Acquisition>;
  /** In all of them. */
  names: number;
}

/** Every acquisition, waiting or holding, by the command that asked for it. */
export class AcquisitionIndex {
  readonly #bySession = new Map<SessionId, Own>();

  find(sessionId: SessionId, sequence: Sequence): Acquisition | undefined {
    return this.#bySession.get(sessionId)?.acquisitions.get(sequence);
  }

  /** Of one session, in the order of asking. */
  ofSession(sessionId: SessionId): Iterable<Acquisition> {
    return this.#bySession.get(sessionId)?.acquisitions.values() ?? [];
  }

  /** How many names the session holds or waits for. */
  nameCountOf(sessionId: SessionId): number {
    return this.#bySession.get(sessionId)?.names ?? 0;
  }

  /** Those of whom anything is remembered. */
  sessions(): Iterable<SessionId> {
    return this.#bySession.keys();
  }

  /** In the order of asking. */
  all(): readonly Acquisition[] {
    const all: Acquisition[] = [];
    for (const { acquisitions } of this.#bySession.values()) for (const each of acquisitions.values()) all.push(each);
    return all.sort((a, b) => a.askedRevision - b.askedRevision);
  }

  add(acquisition: Acquisition): void {
    const { sessionId, sequence, names } = acquisition;
    let own = this.#bySession.get(sessionId);
    if (own === undefined) {
      own = { acquisitions: new Map(), names: 0 };
      this.#bySession.set(sessionId, own);
    }
    assert(!own.acquisitions.has(sequence), 'a command makes one acquisition');
    own.acquisitions.set(sequence, acquisition);
    own.names += names.length;
  }

  remove(acquisition: Acquisition): void {
    const { sessionId, sequence, names } = acquisition;
    const own = this.#bySession.get(sessionId);
    assert(own?.acquisitions.get(sequence) === acquisition, 'an acquisition ends once');
    own.acquisitions.delete(sequence);
    own.names -= names.length;
  }

  /** Whoever has had a lock will often want one again, so that this is not done as the last one ends. */
  forget(sessionId: SessionId): void {
    assert(
      (this.#bySession.get(sessionId)?.names ?? 0) === 0,
      'a session that has ended neither holds nor waits for anything',
    );
    this.#bySession.delete(sessionId);
  }
}
