import type { Lane } from '../../../replica/effect.ts';
import type { PeerMessage } from '../../../replica/messages.ts';
import type { SimulationConfig } from '../config.ts';
import type { Coverage } from '../coverage.ts';
import { exponential, mix, unit } from '../prng.ts';
import type { EventQueue } from './event-queue.ts';
import type { SimulatedNode } from './node.ts';
import type { Reachability } from './reachability.ts';

/** How often a broken connection is tried again. */
const reconnectUs = 60_000;
/** A stream that has been stuck for longer is given up by one of its ends. */
const stuckUs = 700_000;
/** No stream piles up more than this while it is stuck. */
const heldLimit = 2_000;

interface Link {
  readonly from: SimulatedNode;
  readonly to: SimulatedNode;
  readonly seed: number;
  sent: number;
  connected: boolean;
  /** Counts connections: what was sent on an older one does not arrive (stream mode). */
  epoch: number;
  reconnecting: boolean;
  /** The last arrival of each lane: streams keep their order. */
  lastArrivalUs: [control: number, bulk: number];
  /** What waits for a blocked stream to go on. */
  held: (() => void)[];
  stuckSinceUs: number | undefined;
}

export interface NetworkHost {
  readonly config: SimulationConfig;
  readonly queue: EventQueue;
  readonly coverage: Coverage;
  readonly nodes: readonly SimulatedNode[];
  readonly reachability: Reachability;
  /** Through the real encoding and back, or the message itself. */
  transcode(message: PeerMessage): PeerMessage;
  onDeliver(from: SimulatedNode, to: SimulatedNode, message: PeerMessage): void;
}

const drawDrop = 1;
const drawDelay = 2;
const drawDuplicate = 3;
const drawReplay = 4;
const drawLength = 5;
const drawReset = 6;

/**
 * The links between the nodes. As datagrams, messages are lost, repeated, replayed seconds later and overtake each other; as
 * streams (what gRPC gives), they keep their order within a connection and a lane, wait while the way is blocked, and are
 * lost together when the connection breaks. What happens to the n-th message of a link depends on the seed, the link and n alone.
 */
export class SimulatedNetwork {
  readonly #host: NetworkHost;
  readonly #links: Link[] = [];
  /** Multiplies the delay, per directed link. */
  readonly #slowness: Float64Array;
  /** The unruly behaviours are over. */
  #calm = false;

  constructor(host: NetworkHost, seed: number) {
    this.#host = host;
    const count = host.nodes.length;
    this.#slowness = new Float64Array(count * count).fill(1);
    for (const from of host.nodes) {
      for (const to of host.nodes) {
        this.#links.push({
          from,
          to,
          seed: mix(seed, from.index * 64 + to.index),
          sent: 0,
          connected: false,
          epoch: 0,
          reconnecting: false,
          lastArrivalUs: [0, 0],
          held: [],
          stuckSinceUs: undefined,
        });
      }
    }
  }

  slow(from: number, to: number, factor: number): void {
    this.#slowness[from * this.#host.nodes.length + to] = factor;
  }

  /** No more losses and delays; a stream that would still be behind for long begins anew. */
  calmDown(): void {
    this.#calm = true;
    this.#slowness.fill(1);
    const soonUs = this.#host.queue.nowUs + stuckUs / 10;
    for (const link of this.#links) if (Math.max(...link.lastArrivalUs) > soonUs) this.#break(link, 0);
  }

  send(from: SimulatedNode, to: SimulatedNode, lane: Lane, original: PeerMessage): void {
    const { config, queue, coverage } = this.#host;
    const link = this.#link(from.index, to.index);
    link.sent += 1;
    const message = this.#host.transcode(original);
    if (config.transport === 'stream') {
      if (link.connected) this.#sendOnStream(link, lane, message);
      return;
    }
    if (!this.#calm && this.#draw(link, drawDrop) < config.dropRate) {
      coverage.hit('message dropped');
      return;
    }
    const delayUs = this.#delayUs(link);
    queue.after(delayUs, () => this.#arrive(link, message));
    if (this.#calm) return;
    if (this.#draw(link, drawDuplicate) < config.duplicateRate) {
      coverage.hit('message duplicated');
      queue.after(delayUs * (0.5 + 4 * this.#draw(link, drawLength)), () => this.#arrive(link, message));
    }
    if (this.#draw(link, drawReplay) < config.replayRate) {
      coverage.hit('message replayed late');
      queue.after(200_000 + 4_000_000 * this.#draw(link, drawLength), () => this.#arrive(link, message));
    }
  }

  /** A process came up: connections to and from it are made. */
  onUp(node: SimulatedNode): void {
    for (const other of this.#host.nodes) {
      if (other === node) continue;
      this.#connectSoon(this.#link(node.index, other.index));
      this.#connectSoon(this.#link(other.index, node.index));
    }
  }

  /** A process went down: its peers notice as soon as the network lets them. */
  onDown(node: SimulatedNode): void {
    for (const other of this.#host.nodes) {
      if (other === node) continue;
      this.#drop(this.#link(node.index, other.index));
      const incoming = this.#link(other.index, node.index);
      const noticed = this.#reachable(incoming);
      this.#break(incoming, noticed ? this.#delayUs(incoming) : stuckUs);
    }
  }

  /** One connection breaks for no reason. */
  reset(from: number, to: number): void {
    const link = this.#link(from, to);
    if (!link.connected) return;
    this.#host.coverage.hit('stream reset');
    this.#break(link, this.#delayUs(link));
  }

  /** The way from one node to another is open again. */
  onOpen(from: number, to: number): void {
    const link = this.#link(from, to);
    const { held } = link;
    link.held = [];
    link.stuckSinceUs = undefined;
    if (held.length === 0) return;
    if (this.#draw(link, drawReset) < 0.3) {
      this.#host.coverage.hit('stream reset');
      this.#break(link, 0);
      return;
    }
    for (const deliver of held) deliver();
  }

  #sendOnStream(link: Link, lane: Lane, message: PeerMessage): void {
    const { queue } = this.#host;
    const at = lane === 'control' ? 0 : 1;
    const arrivalUs = Math.max(queue.nowUs + Math.ceil(this.#delayUs(link)), link.lastArrivalUs[at] + 1);
    link.lastArrivalUs[at] = arrivalUs;
    const { epoch } = link;
    const deliver = (): void => {
      if (link.epoch !== epoch) return;
      if (this.#host.reachability.open(link.from.index, link.to.index)) {
        this.#arrive(link, message);
        return;
      }
      if (link.stuckSinceUs === undefined) this.#becomeStuck(link);
      if (link.held.length < heldLimit) link.held.push(deliver);
      else this.#break(link, 0);
    };
    queue.at(arrivalUs, deliver);
  }

  #becomeStuck(link: Link): void {
    const { queue } = this.#host;
    const since = queue.nowUs;
    link.stuckSinceUs = since;
    queue.after(stuckUs, () => {
      if (link.stuckSinceUs === since) this.#break(link, 0);
    });
  }

  #arrive(link: Link, message: PeerMessage): void {
    const { from, to } = link;
    if (!to.alive || !this.#host.reachability.open(from.index, to.index)) return;
    this.#host.onDeliver(from, to, message);
    to.give({ type: 'peerMessage', from: from.nodeId, incarnation: from.incarnation, message });
  }

  #connectSoon(link: Link): void {
    if (link.reconnecting || link.connected) return;
    link.reconnecting = true;
    this.#host.queue.after(this.#delayUs(link) + 1_000, () => this.#tryToConnect(link));
  }

  #tryToConnect(link: Link): void {
    link.reconnecting = false;
    const { from, to } = link;
    if (!from.alive || link.connected) return;
    const { queue } = this.#host;
    if (this.#reachable(link) && to.phase === 'running') {
      link.connected = true;
      link.lastArrivalUs = [queue.nowUs, queue.nowUs];
      from.give({ type: 'peerConnected', peer: to.nodeId });
      return;
    }
    link.reconnecting = true;
    queue.after(reconnectUs, () => this.#tryToConnect(link));
  }

  /** The sender of the link learns of it after so long, and tries again. */
  #break(link: Link, noticeUs: number): void {
    const { from, to } = link;
    const { boots } = from;
    const wasConnected = link.connected;
    this.#drop(link);
    if (!wasConnected || !from.alive) return;
    this.#host.queue.after(noticeUs, () => {
      if (!from.alive || from.boots !== boots || link.connected) return;
      from.give({ type: 'peerDisconnected', peer: to.nodeId, refused: this.#reachable(link) && !to.alive });
      this.#connectSoon(link);
    });
  }

  #reachable({ from, to }: Link): boolean {
    const { reachability } = this.#host;
    return reachability.open(from.index, to.index) && reachability.open(to.index, from.index);
  }

  #drop(link: Link): void {
    link.connected = false;
    link.epoch += 1;
    link.held = [];
    link.stuckSinceUs = undefined;
  }

  #link(from: number, to: number): Link {
    const link = this.#links[from * this.#host.nodes.length + to];
    if (link === undefined) throw new RangeError(`no link ${from} to ${to}`);
    return link;
  }

  /** In [0, 1): for this purpose, for the newest message of the link. */
  #draw(link: Link, purpose: number): number {
    return unit(mix(link.seed, link.sent * 8 + purpose));
  }

  #delayUs(link: Link): number {
    const { linkDelayUs, linkJitterUs } = this.#host.config;
    const jitterUs = exponential(mix(link.seed, link.sent * 8 + drawDelay), linkJitterUs);
    const slowness = this.#slowness[link.from.index * this.#host.nodes.length + link.to.index] ?? 1;
    return (linkDelayUs + jitterUs) * slowness;
  }
}
