import type { PeerMessage } from '../replica/messages.ts';
import type { NodeVitals } from '../rpc/inspection-definition.ts';
import type { NodeId } from '../wire/identifiers.ts';
import { RecentDurations } from './recent-durations.ts';

/** Heartbeats on their way; a peer that is silent leaves no more behind. */
const mostUnanswered = 64;
const kept = 64;

interface Peer {
  /** When each heartbeat left, by its id; ids rise within a ballot. */
  readonly sentMs: Map<number, number>;
  readonly durations: RecentDurations;
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
      peer = { sentMs: new Map(), durations: new RecentDurations(kept) };
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
    peer.durations.add(this.#now() - sentMs);
  }

  /** To these peers, as far as any heartbeat was answered. */
  to(peers: readonly { readonly nodeId: NodeId }[]): NodeVitals['roundTrips'] {
    return peers.flatMap(({ nodeId }) => {
      const durations = this.#peers.get(nodeId)?.durations.summary();
      return durations === undefined || durations.count === 0 ? [] : [{ nodeId, durations }];
    });
  }
}
