import type { ConnectionId } from '../replica/input.ts';
import type { ClientFrame } from '../wire/frame.ts';

const mostSessions = 16;
const none: readonly number[] = [];

/** Which sessions the client of each stream keeps alive, as seen from outside of the replica. */
export class ClientRoster {
  readonly #sessions = new Map<ConnectionId, readonly number[]>();

  onFrame(connection: ConnectionId, { keepAlives }: Pick<ClientFrame, 'keepAlives'>): void {
    const newest = keepAlives.at(-1)?.sessions ?? [];
    // An empty one asks whether anybody is there, and says nothing about sessions.
    if (newest.length === 0) return;
    this.#sessions.set(
      connection,
      newest.slice(0, mostSessions).map(({ sessionId }) => sessionId),
    );
  }

  onClosed(connection: ConnectionId): void {
    this.#sessions.delete(connection);
  }

  /** At most 16; none before its first keep-alive. */
  sessionsOf(connection: ConnectionId): readonly number[] {
    return this.#sessions.get(connection) ?? none;
  }
}
