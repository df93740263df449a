import type { LockGrant } from '../machine/applied.ts';
import type { Machine } from '../machine/machine.ts';
import type { GrantQuery } from '../wire/frame.ts';
import type { SessionId } from '../wire/identifiers.ts';
import type { Connection } from './connections.ts';

type AcquisitionKey = `${SessionId}/${number}`;

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
  readonly #interests = new Map<AcquisitionKey, Interest>();
  readonly #byConnection = new Map<Connection, Set<AcquisitionKey>>();
  /** Questions from clients that have seen more than this node has applied. */
  #behind: Interest[] = [];

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  get waitingCount(): number {
    return this.#interests.size;
  }

  /** One answer now, and the grant when it comes. */
  query(connection: Connection, query: GrantQuery): void {
    if (connection.seenRevision > this.#machine.revision) this.#behind.push({ connection, query });
    else this.#answer({ connection, query });
  }

  /** The client was told `queued`: it is told when it holds the lock, at once if that was long ago. */
  expect(connection: Connection, query: GrantQuery): void {
    const { state } = this.#machine.acquisition(query.name, query.sessionId, query.sequence);
    if (state === 'queued') this.#add({ connection, query });
    else this.#answer({ connection, query });
  }

  onGrant(grant: LockGrant): void {
    const key = keyOf(grant.sessionId, grant.sequence);
    const interest = this.#interests.get(key);
    if (interest === undefined) return;
    this.#remove(key, interest);
    const { connection } = interest;
    const { sessionId, sequence, token } = grant;
    connection.grant({ sessionId, sequence, state: 'held', token, revision: this.#machine.revision });
  }

  /** After slots have been applied. */
  onApplied(): void {
    if (this.#behind.length === 0) return;
    const ready = this.#behind.filter(({ connection }) => connection.seenRevision <= this.#machine.revision);
    this.#behind = this.#behind.filter(({ connection }) => connection.seenRevision > this.#machine.revision);
    for (const interest of ready) this.#answer(interest);
  }

  onClientClosed(connection: Connection): void {
    for (const key of this.#byConnection.get(connection) ?? []) {
      if (this.#interests.get(key)?.connection === connection) this.#interests.delete(key);
    }
    this.#byConnection.delete(connection);
    this.#behind = this.#behind.filter((interest) => interest.connection !== connection);
  }

  /** Acquisitions that ended without a grant (session over, withdrawn) are found gone here, so that none stays for ever. */
  onTick(): void {
    for (const [key, { query, connection }] of this.#interests) {
      const { state } = this.#machine.acquisition(query.name, query.sessionId, query.sequence);
      if (state !== 'queued') {
        this.#remove(key, { query, connection });
        this.#answer({ connection, query });
      }
    }
  }

  #answer({ connection, query }: Interest): void {
    const { sessionId, sequence, name } = query;
    const found = this.#machine.acquisition(name, sessionId, sequence);
    const token = found.state === 'held' ? found.token : 0;
    connection.grant({ sessionId, sequence, state: found.state, token, revision: this.#machine.revision });
    if (found.state === 'queued') this.#add({ connection, query });
  }

  #add(interest: Interest): void {
    const key = keyOf(interest.query.sessionId, interest.query.sequence);
    this.#interests.set(key, interest);
    const keys = this.#byConnection.get(interest.connection);
    if (keys === undefined) this.#byConnection.set(interest.connection, new Set([key]));
    else keys.add(key);
  }

  #remove(key: AcquisitionKey, { connection }: Interest): void {
    this.#interests.delete(key);
    const keys = this.#byConnection.get(connection);
    keys?.delete(key);
    if (keys?.size === 0) this.#byConnection.delete(connection);
  }
}

function keyOf(sessionId: SessionId, sequence: number): AcquisitionKey {
  return `${sessionId}/${sequence}`;
}
