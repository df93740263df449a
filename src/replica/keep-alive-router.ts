import type { KeepAlive, SessionRef } from '../wire/frame.ts';
import type { NodeId, SessionId } from '../wire/identifiers.ts';
import type { Target } from './command-router.ts';
import type { Connections } from './connections.ts';
import type { ReplicaEffect } from './effect.ts';
import type { ConnectionId } from './input.ts';
import type { RelayedKeepAliveAnswer } from './messages.ts';

/** Relays remembered; an older one's clients will have asked again. */
const relayLimit = 256;

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
  /** Drawn anew at each boot: an answer to a former life fits no question of this one. */
  #lastRelayId: number;

  constructor(connections: Connections, judge: (gathered: GatheredKeepAlives) => boolean, firstRelayId: number) {
    this.#lastRelayId = firstRelayId;
    this.#connections = connections;
    this.#judge = judge;
  }

  submit(connection: ConnectionId, keepAlive: KeepAlive): void {
    if (keepAlive.sessions.length === 0) {
      // A client's question whether anybody is there; it says nothing about sessions and needs no leader.
      this.#connections.get(connection)?.keepAliveAnswer({ id: keepAlive.id, alive: [], ended: [] });
      return;
    }
    this.#gathered.push({ connection, id: keepAlive.id, sessions: keepAlive.sessions });
  }

  flush(target: Target, effects: ReplicaEffect[]): void {
    if (this.#gathered.length === 0) return;
    const asked = this.#gathered;
    this.#gathered = [];
    if (target.kind === 'none' || (target.kind === 'self' && this.#judge({ asked }))) return;
    if (target.kind === 'self') return;
    this.#lastRelayId += 1;
    this.#relayed.set(this.#lastRelayId, { to: target.nodeId, asked });
    for (const id of this.#relayed.keys()) {
      if (this.#relayed.size <= relayLimit) break;
      this.#relayed.delete(id);
    }
    const sessions = asked.flatMap((one) => one.sessions);
    effects.push({
      type: 'send',
      to: target.nodeId,
      lane: 'control',
      message: { type: 'relayedKeepAlive', id: this.#lastRelayId, sessions },
    });
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
