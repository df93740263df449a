import type { AcquisitionState } from '../machine/acquisition.ts';
import type { AcquisitionId, HeldLock, LockGrant } from '../machine/applied.ts';
import type { Machine } from '../machine/machine.ts';
import type { GrantQuery, SessionRef } from '../wire/frame.ts';
import type { Revision, SessionId } from '../wire/identifiers.ts';
import type { WireError } from '../wire/result.ts';
import type { Connection } from './connections.ts';
import { replicaLimits } from './limits.ts';

/** A question that is dropped in silence would leave a client waiting for ever: it asks again, elsewhere. */
const tooFarBehind: WireError = {
  kind: 'error',
  code: 'UNAVAILABLE',
  message: 'this node is behind, and too many clients wait for it',
  oldestRevision: 0 as Revision,
};

interface Stream {
  readonly connection: Connection;
  /** Of the session, when it was heard. */
  readonly generation: number;
}

interface Interest {
  readonly connection: Connection;
  readonly query: GrantQuery;
}

/**
 * Tells waiting clients that their turn has come. The grant itself is replicated state; this only carries the news, from
 * whichever node the client is connected to, and answers the question of a client that was away.
 */
export class GrantDesk {
  readonly #machine: Machine;
  /** Of acquisitions that are queued in this node's state: each leaves with what ends that. */
  readonly #interests = new Map<SessionId, Map<number, Interest>>();
  readonly #byConnection = new Map<Connection, Set<Interest>>();
  /** Over which stream a session has asked for a lock last, or for news of one: what an operator does to it is told there. */
  readonly #streams = new Map<SessionId, Stream>();
  readonly #sessionsOf = new Map<Connection, Set<SessionId>>();
  /** Questions from clients that have seen more than this node has applied. */
  #behind: Interest[] = [];

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  get waitingCount(): number {
    let count = 0;
    for (const interests of this.#interests.values()) count += interests.size;
    return count;
  }

  /** Questions of clients that have seen more than this node has applied. */
  get behindCount(): number {
    return this.#behind.length;
  }

  /** The session's client is at the other end of that stream. Only of sessions that live: whoever names others takes no room. */
  heard(connection: Connection, { sessionId, generation }: SessionRef): void {
    if (this.#machine.session(sessionId)?.generation !== generation) return;
    const before = this.#streams.get(sessionId);
    if (before?.connection === connection && before.generation === generation) return;
    if (before !== undefined) this.#sessionsOf.get(before.connection)?.delete(sessionId);
    this.#streams.set(sessionId, { connection, generation });
    const sessions = this.#sessionsOf.get(connection);
    if (sessions === undefined) this.#sessionsOf.set(connection, new Set([sessionId]));
    else sessions.add(sessionId);
  }

  /** One answer now, and the grant when it comes. */
  query(connection: Connection, query: GrantQuery): void {
    this.heard(connection, query);
    if (connection.seenRevision <= this.#machine.revision) this.#answer({ connection, query });
    else if (this.#behind.length < replicaLimits.grantQuestions) this.#behind.push({ connection, query });
    else connection.goodbye(tooFarBehind);
  }

  /** The client was told `queued`: it is told when it holds the lock, at once if that was long ago. */
  expect(connection: Connection, query: GrantQuery): void {
    const interest = { connection, query };
    if (this.#stateOf(query).state === 'queued') this.#add(interest);
    else this.#answer(interest);
  }

  onGrant({ sessionId, sequence }: LockGrant): void {
    this.#tell(this.#interests.get(sessionId)?.get(sequence));
  }

  /** An operator has ended the acquisition. */
  onRevoked({ sessionId, sequence }: AcquisitionId): void {
    const interest = this.#interests.get(sessionId)?.get(sequence);
    if (interest !== undefined) {
      this.#tell(interest);
      return;
    }
    // Whoever ended in the same slot, or was superseded, is told so by its next keep-alive.
    const stream = this.#streams.get(sessionId);
    if (stream === undefined || this.#machine.session(sessionId)?.generation !== stream.generation) return;
    const { revision } = this.#machine;
    stream.connection.grant({ sessionId, sequence, state: 'ended', token: 0, revision });
  }

  /** Somebody asked for its acquisition to be given up, perhaps in vain. */
  onCancelled(sessionId: SessionId, sequence: number): void {
    const interest = this.#interests.get(sessionId)?.get(sequence);
    if (interest !== undefined && this.#stateOf(interest.query).state !== 'queued') this.#tell(interest);
  }

  /** The session, or the generation of it that could wait here. */
  onSessionEnded(sessionId: SessionId): void {
    this.#forgetStream(sessionId);
    for (const interest of [...(this.#interests.get(sessionId)?.values() ?? [])]) this.#tell(interest);
  }

  /** After slots have been applied. */
  onApplied(): void {
    if (this.#behind.length === 0) return;
    const waiting = this.#behind;
    this.#behind = [];
    for (const { connection, query } of waiting) this.query(connection, query);
  }

  /** What the sessions hold whose clients are here. */
  held(): readonly HeldLock[] {
    return [...this.#streams.keys()].flatMap((sessionId) => this.#machine.heldBy(sessionId));
  }

  /** Another node's state has taken the place of this one's: what became of those who wait, and of those who held a lock, is told now. */
  onInstalled(before: readonly HeldLock[]): void {
    const waiting = [...this.#interests.values()].flatMap((interests) => [...interests.values()]);
    for (const interest of waiting) if (this.#stateOf(interest.query).state !== 'queued') this.#tell(interest);
    for (const lock of before) {
      if (this.#machine.acquisition(lock.name, lock.sessionId, lock.sequence).state === 'gone') this.onRevoked(lock);
    }
    for (const sessionId of [...this.#streams.keys()]) {
      if (this.#machine.session(sessionId)?.generation !== this.#streams.get(sessionId)?.generation) {
        this.#forgetStream(sessionId);
      }
    }
    this.onApplied();
  }

  onClientClosed(connection: Connection): void {
    for (const sessionId of this.#sessionsOf.get(connection) ?? []) this.#streams.delete(sessionId);
    this.#sessionsOf.delete(connection);
    for (const interest of this.#byConnection.get(connection) ?? []) this.#remove(interest);
    if (this.#behind.length > 0) this.#behind = this.#behind.filter((interest) => interest.connection !== connection);
  }

  #forgetStream(sessionId: SessionId): void {
    const stream = this.#streams.get(sessionId);
    this.#streams.delete(sessionId);
    if (stream !== undefined) this.#sessionsOf.get(stream.connection)?.delete(sessionId);
  }

  #tell(interest: Interest | undefined): void {
    if (interest === undefined) return;
    this.#remove(interest);
    this.#answer(interest);
  }

  #answer(interest: Interest): void {
    const { connection, query } = interest;
    const { sessionId, sequence } = query;
    const found = this.#stateOf(query);
    const token = found.state === 'held' ? found.token : 0;
    connection.grant({ sessionId, sequence, state: found.state, token, revision: this.#machine.revision });
    if (found.state === 'queued') this.#add(interest);
  }

  /** To an older generation everything is gone. */
  #stateOf({ sessionId, generation, sequence, name }: GrantQuery): AcquisitionState | { readonly state: 'ended' } {
    if (this.#machine.session(sessionId)?.generation !== generation) return { state: 'gone' };
    const found = this.#machine.acquisition(name, sessionId, sequence);
    // Its session lives and does not know: so it was somebody else's doing.
    return found.state === 'gone' ? { state: 'ended' } : found;
  }

  #add(interest: Interest): void {
    const { sessionId, sequence } = interest.query;
    let ofSession = this.#interests.get(sessionId);
    if (ofSession === undefined) {
      ofSession = new Map();
      this.#interests.set(sessionId, ofSession);
    }
    const before = ofSession.get(sequence);
    if (before !== undefined) this.#removeFromConnection(before);
    ofSession.set(sequence, interest);
    const ofConnection = this.#byConnection.get(interest.connection);
    if (ofConnection === undefined) this.#byConnection.set(interest.connection, new Set([interest]));
    else ofConnection.add(interest);
  }

  #remove(interest: Interest): void {
    const { sessionId, sequence } = interest.query;
    this.#removeFromConnection(interest);
    const ofSession = this.#interests.get(sessionId);
    ofSession?.delete(sequence);
    if (ofSession?.size === 0) this.#interests.delete(sessionId);
  }

  #removeFromConnection(interest: Interest): void {
    const ofConnection = this.#byConnection.get(interest.connection);
    ofConnection?.delete(interest);
    if (ofConnection?.size === 0) this.#byConnection.delete(interest.connection);
  }
}
