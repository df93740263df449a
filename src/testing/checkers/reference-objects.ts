import type { SessionId } from '../../wire/identifiers.ts';
import type { LockDetails, LockParty } from '../../wire/lock-operation.ts';
import type { WireCounterEvent, WireLockEvent, WireObjectEvent, WireSessionEvent } from '../../wire/watch.ts';
import type { SessionHistory } from './reference-log.ts';
import { sameStructure } from './structural-equality.ts';

/** Of more, only the number is told. */
const listedHolders = 16;

/** What the reference model knows of locks, counters and sessions, at every revision. */
export interface ObjectStates {
  lockNames(): Iterable<string>;
  lockDetailsAt(name: string, revision: number): LockDetails;
  counterNames(): Iterable<string>;
  counterAt(name: string, revision: number): bigint;
  readonly sessions: ReadonlyMap<SessionId, SessionHistory>;
}

/** What a revision did to locks, counters and sessions: found by comparing what there was with what there is, one by one. */
export class ReferenceObjects {
  readonly #states: ObjectStates;
  readonly #events = new Map<number, readonly WireObjectEvent[]>();
  readonly #ended = new Map<number, SessionHistory>();

  constructor(states: ObjectStates) {
    this.#states = states;
  }

  onSessionEnded(session: SessionHistory, revision: number): void {
    this.#ended.set(revision, session);
  }

  /** In the order of kinds, and then of names. */
  events(revision: number): readonly WireObjectEvent[] {
    let events = this.#events.get(revision);
    if (events === undefined) {
      events = [...this.#locks(revision), ...this.#counters(revision), ...this.#sessions(revision)];
      this.#events.set(revision, events);
    }
    return events;
  }

  *#locks(revision: number): Iterable<WireLockEvent> {
    for (const name of [...this.#states.lockNames()].sort(byName)) {
      const now = withoutWaiters(this.#states.lockDetailsAt(name, revision));
      if (sameStructure(now, withoutWaiters(this.#states.lockDetailsAt(name, revision - 1)))) continue;
      const holders = now.holders.slice(0, listedHolders).map((party, at) => (at === 0 ? party : withoutNote(party)));
      yield { type: 'lock', name, state: { ...now, holders } };
    }
  }

  *#counters(revision: number): Iterable<WireCounterEvent> {
    for (const name of [...this.#states.counterNames()].sort(byName)) {
      const value = this.#states.counterAt(name, revision);
      const previous = this.#states.counterAt(name, revision - 1);
      if (value !== previous) yield { type: 'counter', name, value, previous };
    }
  }

  *#sessions(revision: number): Iterable<WireSessionEvent> {
    const opened = this.#states.sessions.get(revision as SessionId);
    if (opened !== undefined) yield sessionEvent(opened, 'opened');
    const ended = this.#ended.get(revision);
    // One that an operator has ended is told as one that has expired.
    if (ended !== undefined) yield sessionEvent(ended, ended.endedBy === 'closed' ? 'closed' : 'expired');
  }
}

/** Only the first holder's note is told. */
function withoutNote(party: LockParty): LockParty {
  return { ...party, note: new Uint8Array() };
}

/** Of those who wait, only the number is told. */
function withoutWaiters(details: LockDetails): LockDetails {
  return { ...details, waiters: [] };
}

function sessionEvent(
  { sessionId, name, ttlMs }: SessionHistory,
  change: WireSessionEvent['change'],
): WireSessionEvent {
  return { type: 'session', change, sessionId, name, ttlMs };
}

function byName(a: string, b: string): number {
  return a < b ? -1 : 1;
}
