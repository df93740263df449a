import type { PeerMessage } from '../replica/messages.ts';
import type { NodeVitals } from '../rpc/inspection-definition.ts';
import type { NodeId } from '../wire/identifiers.ts';
import { RecentDurations } from './recent-durations.ts';

/** Heartbeats on their way; a peer that is silent leaves no more behind. */
const mostUnanswered = 64;
const kept = 64;
/** What a peer was like that has not answered for so long says nothing of how it is. */
const staleMs = 5_000;

interface Peer {
  /** When each heartbeat left, by its id; ids rise within a ballot. */
  readonly sentMs: Map<number, number>;
  readonly durations: RecentDurations;
  answeredMs: number;
}

/** From each heartbeat of this leader to its answer, as seen from outside of the replica. */
export class RoundTrips {
  readonly #now: () => number;
  readonly #peers = new Map<NodeId, Peer>();
  /** Of the ballot whose heartbeats are counted. */
  #round = 0;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  onSent(to: NodeId, message: PeerMessage): void {
    if (message.type !== 'heartbeat') return;
    if (message.ballot.round !== this.#round) {
      this.#round = message.ballot.round;
      this.#peers.clear();
    }
    let peer = this.#peers.get(to);
    if (peer === undefined) {
      peer = { sentMs: new Map(), durations: new RecentDurations(kept), answeredMs: Number.NEGATIVE_INFINITY };
      this.#peers.set(to, peer);
    }
    peer.sentMs.set(message.id, this.#now());
    if (peer.sentMs.size <= mostUnanswered) return;
    const [oldest] = peer.sentMs.keys();
    if (oldest !== undefined) peer.sentMs.delete(oldest);
  }

  onReceived(from: NodeId, message: PeerMessage): void {
    if (message.type !== 'heartbeatAnswer' || message.ballot.round !== this.#round) return;
    const peer = this.#peers.get(from);
    const sentMs = peer?.sentMs.get(message.id);
    if (peer === undefined || sentMs === undefined) return;
    peer.sentMs.delete(message.id);
    peer.answeredMs = this.#now();
    peer.durations.add(peer.answeredMs - sentMs);
  }

  /** To those of these peers that have answered lately. */
  to(peers: readonly { readonly nodeId: NodeId }[]): NodeVitals['roundTrips'] {
    return peers.flatMap(({ nodeId }) => {
      const peer = this.#peers.get(nodeId);
      if (peer === undefined || this.#now() - peer.answeredMs > staleMs) return [];
      return [{ nodeId, durations: peer.durations.summary() }];
    });
  }
}
