import type { KeepAlive, SessionRef } from '../wire/frame.ts';
import type { NodeId, SessionId } from '../wire/identifiers.ts';
import type { Target } from './command-router.ts';
import type { Connections } from './connections.ts';
import type { ReplicaEffect } from './effect.ts';
import type { ConnectionId } from './input.ts';
import { replicaLimits } from './limits.ts';
import type { RelayedKeepAliveAnswer } from './messages.ts';
import type { QuestionIds } from './question-ids.ts';

interface Asked {
  readonly connection: ConnectionId;
  readonly id: number;
  readonly sessions: readonly SessionRef[];
}

/** A keep-alive to be judged by the leader, and where its answer goes. */
export interface GatheredKeepAlives {
  readonly asked: readonly Asked[];
}

/**
 * Keep-alives of this node's clients, on their way to the leader and back. One message carries all that came in a turn.
 * What is lost or finds no leader is not repeated here: the client asks again, with a new sending time.
 */
export class KeepAliveRouter {
  readonly #connections: Connections;
  /** Gives them to the leadership gate; false if this node does not lead. */
  readonly #judge: (gathered: GatheredKeepAlives) => boolean;
  #gathered: Asked[] = [];
  readonly #relayed = new Map<number, { readonly to: NodeId; readonly asked: readonly Asked[] }>();
  readonly #ids: QuestionIds;

  constructor(connections: Connections, ids: QuestionIds, judge: (gathered: GatheredKeepAlives) => boolean) {
    this.#connections = connections;
    this.#ids = ids;
    this.#judge = judge;
  }

  get relayedCount(): number {
    return this.#relayed.size;
  }

  submit(connection: ConnectionId, keepAlive: KeepAlive): void {
    if (keepAlive.sessions.length === 0) {
      // A client's question whether anybody is there; it says nothing about sessions and needs no leader.
      this.#connections.get(connection)?.keepAliveAnswer({ id: keepAlive.id, alive: [], ended: [] });
      return;
    }
    this.#gathered.push({ connection, id: keepAlive.id, sessions: newestGenerations(keepAlive.sessions) });
  }

  flush(target: Target, effects: ReplicaEffect[]): void {
    if (this.#gathered.length === 0) return;
    const asked = this.#gathered;
    this.#gathered = [];
    if (target.kind === 'none') return;
    for (const group of unambiguousGroups(asked)) {
      if (target.kind === 'self') this.#judge({ asked: group });
      else this.#relay(target.nodeId, group, effects);
    }
  }

  #relay(to: NodeId, asked: readonly Asked[], effects: ReplicaEffect[]): void {
    const id = this.#ids.next();
    this.#relayed.set(id, { to, asked });
    for (const oldest of this.#relayed.keys()) {
      if (this.#relayed.size <= replicaLimits.relayedKeepAlives) break;
      this.#relayed.delete(oldest);
    }
    const sessions = asked.flatMap((one) => one.sessions);
    effects.push({ type: 'send', to, lane: 'control', message: { type: 'relayedKeepAlive', id, sessions } });
  }

  onRelayedAnswer(from: NodeId, message: RelayedKeepAliveAnswer): void {
    const relayed = this.#relayed.get(message.id);
    if (relayed?.to !== from) return;
    this.#relayed.delete(message.id);
    this.answer(relayed.asked, new Set(message.alive), new Set(message.ended));
  }

  answer(asked: readonly Asked[], alive: ReadonlySet<SessionId>, ended: ReadonlySet<SessionId>): void {
    for (const { connection, id, sessions } of asked) {
      const ids = sessions.map(({ sessionId }) => sessionId);
      this.#connections.get(connection)?.keepAliveAnswer({
        id,
        alive: ids.filter((sessionId) => alive.has(sessionId)),
        ended: ids.filter((sessionId) => ended.has(sessionId)),
      });
    }
  }
}

/** Who names a session twice means the newest generation: an answer names the session alone. */
function newestGenerations(sessions: readonly SessionRef[]): readonly SessionRef[] {
  if (sessions.length === 1) return sessions;
  const newest = new Map<SessionId, SessionRef>();
  for (const session of sessions) {
    if (session.generation >= (newest.get(session.sessionId)?.generation ?? 0)) newest.set(session.sessionId, session);
  }
  return [...newest.values()];
}

/**
 * Clients that name one session with different generations (one of them has been replaced and does not know it yet) are asked
 * about separately: else the answer of the one would be given to the other.
 */
function unambiguousGroups(asked: readonly Asked[]): readonly (readonly Asked[])[] {
  if (asked.length === 1) return [asked];
  let group: Asked[] = [];
  const groups = [group];
  const generations = new Map<SessionId, number>();
  for (const one of asked) {
    const differs = one.sessions.some(
      ({ sessionId, generation }) => (generations.get(sessionId) ?? generation) !== generation,
    );
    if (differs) {
      group = [];
      groups.push(group);
      generations.clear();
    }
    group.push(one);
    for (const { sessionId, generation } of one.sessions) generations.set(sessionId, generation);
  }
  return groups;
}
