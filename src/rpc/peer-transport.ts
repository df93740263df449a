import type { Incarnation } from '../paxos/record.ts';
import type { Lane } from '../replica/effect.ts';
import type { PeerMessage } from '../replica/messages.ts';
import { assert } from '../wire/assert.ts';
import type { NodeId } from '../wire/identifiers.ts';
import { type DropReason, PeerLink } from './peer-link.ts';
import { PeerService } from './peer-service.ts';
import type { RpcServer } from './rpc-server.ts';

export interface Peer {
  readonly nodeId: NodeId;
  /** host:port */
  readonly address: string;
}

export interface PeerTransportOptions {
  readonly nodeId: NodeId;
  readonly incarnation: Incarnation;
  /** Of the node now; empty while it belongs to none. */
  readonly clusterId: () => string;
  readonly onMessage: (from: NodeId, incarnation: Incarnation, lane: Lane, message: PeerMessage) => void;
  /** Both lanes to the peer are up. */
  readonly onConnected: (peer: NodeId) => void;
  /**
   * A lane to the peer broke, for `reason`. Once more, with `refused`, if later in the same outage a dial is refused: no process
   * listens there any more.
   */
  readonly onDisconnected: (peer: NodeId, refused: boolean, reason: string) => void;
  readonly onDropped: (peer: NodeId, lane: Lane, reason: DropReason, messages: number) => void;
  /** A link that a peer dialed was turned away or cut. */
  readonly onLinkRefused: (from: string, reason: string) => void;
  /** A message could not be encoded: a fault of this program. */
  readonly onFault: (error: unknown) => void;
  /** Bytes that may wait for each link; past them messages are dropped. */
  readonly budgetBytes?: Readonly<Record<Lane, number>> | undefined;
}

const defaultBudgetBytes: Readonly<Record<Lane, number>> = { control: 4 * 1024 * 1024, bulk: 64 * 1024 * 1024 };

interface PeerState {
  readonly address: string;
  readonly lanes: Readonly<Record<Lane, PeerLink>>;
  connected: boolean;
  /** Connected before, and no refusal reported since. */
  awaitingRefusal: boolean;
}

/** The network port of a node towards its peers: unreliable messages, two TCP connections per direction and peer. */
export class PeerTransport {
  readonly #options: PeerTransportOptions;
  readonly #peers = new Map<NodeId, PeerState>();
  readonly #service: PeerService;
  #started = false;

  constructor(options: PeerTransportOptions) {
    this.#options = options;
    this.#service = new PeerService({
      nodeId: options.nodeId,
      clusterId: options.clusterId,
      isPeer: (nodeId) => this.#peers.has(nodeId),
      onMessage: options.onMessage,
      onRefused: options.onLinkRefused,
    });
  }

  register(server: RpcServer): void {
    this.#service.register(server);
  }

  /** Links to these, and to nobody else, are kept up from now on. Those that stay where they are do not notice. */
  reach(peers: readonly Peer[]): void {
    const wanted = new Map(peers.map((peer) => [peer.nodeId, peer]));
    for (const [nodeId, { address }] of this.#peers) if (wanted.get(nodeId)?.address !== address) this.#leave(nodeId);
    for (const peer of peers) {
      if (this.#peers.has(peer.nodeId)) continue;
      const lanes = { control: this.#link(peer, 'control'), bulk: this.#link(peer, 'bulk') };
      this.#peers.set(peer.nodeId, { address: peer.address, lanes, connected: false, awaitingRefusal: false });
      if (this.#started) startLanes(lanes);
    }
  }

  start(): void {
    this.#started = true;
    for (const { lanes } of this.#peers.values()) startLanes(lanes);
  }

  /** Never blocks; may lose the message, as one to a node that is not reached. */
  send(to: NodeId, lane: Lane, message: PeerMessage): void {
    if (message.type === 'greetingAnswer' && this.#service.answer(message)) return;
    this.#peers.get(to)?.lanes[lane].send(message);
  }

  isConnected(peer: NodeId): boolean {
    return this.#peer(peer).connected;
  }

  /** Bytes that wait to be sent, on all links. */
  get queuedBytes(): number {
    let bytes = 0;
    for (const { lanes } of this.#peers.values()) bytes += lanes.control.queuedBytes + lanes.bulk.queuedBytes;
    return bytes;
  }

  /** Hangs up; nothing is sent or reported any more. */
  close(): void {
    for (const { lanes } of this.#peers.values()) closeLanes(lanes);
  }

  #leave(nodeId: NodeId): void {
    const { lanes } = this.#peer(nodeId);
    this.#onDown(nodeId, 'not needed any more');
    this.#peers.delete(nodeId);
    closeLanes(lanes);
  }

  #link(peer: Peer, lane: Lane): PeerLink {
    const { nodeId, incarnation, clusterId, onMessage, onDropped, onFault, budgetBytes } = this.#options;
    return new PeerLink({
      address: peer.address,
      lane,
      budgetBytes: (budgetBytes ?? defaultBudgetBytes)[lane],
      hello: () => ({ clusterId: clusterId(), nodeId, incarnation, lane, toNodeId: peer.nodeId }),
      onUp: () => this.#onUp(peer.nodeId),
      onDown: (reason) => this.#onDown(peer.nodeId, reason),
      onRefused: () => this.#onRefused(peer.nodeId),
      onAnswer: (answer) => onMessage(peer.nodeId, answer.incarnation, lane, answer),
      onDropped: (reason, messages) => onDropped(peer.nodeId, lane, reason, messages),
      onFault,
    });
  }

  #onUp(nodeId: NodeId): void {
    const peer = this.#peer(nodeId);
    if (peer.connected || !peer.lanes.control.up || !peer.lanes.bulk.up) return;
    peer.connected = true;
    peer.awaitingRefusal = false;
    this.#options.onConnected(nodeId);
  }

  #onDown(nodeId: NodeId, reason: string): void {
    const peer = this.#peer(nodeId);
    if (!peer.connected) return;
    peer.connected = false;
    peer.awaitingRefusal = true;
    this.#options.onDisconnected(nodeId, false, reason);
  }

  #onRefused(nodeId: NodeId): void {
    const peer = this.#peer(nodeId);
    if (!peer.awaitingRefusal) return;
    peer.awaitingRefusal = false;
    this.#options.onDisconnected(nodeId, true, 'connection refused');
  }

  #peer(nodeId: NodeId): PeerState {
    const peer = this.#peers.get(nodeId);
    assert(peer !== undefined, `${nodeId} is a peer`);
    return peer;
  }
}

function startLanes({ control, bulk }: PeerState['lanes']): void {
  control.start();
  bulk.start();
}

function closeLanes({ control, bulk }: PeerState['lanes']): void {
  control.close();
  bulk.close();
}
