import type { Lane } from '../../../replica/effect.ts';
import type { PeerMessage } from '../../../replica/messages.ts';
import type { SimulationConfig } from '../config.ts';
import type { Coverage } from '../coverage.ts';
import { mix } from '../prng.ts';
import type { EventQueue } from './event-queue.ts';
import { Link, purposes } from './link.ts';
import type { SimulatedNode } from './node.ts';
import type { PastMessage } from './past-messages.ts';
import type { Reachability } from './reachability.ts';

/** How often a broken connection is tried again. */
const reconnectUs = 60_000;
/** A stream that has been stuck for longer is given up by one of its ends. */
const stuckUs = 700_000;
/** No way piles up more than this while it is stuck. */
const heldLimit = 2_000;
/** A lost packet of a stream is sent again after so long, and everything behind it waits. */
const retransmissionUs = 200_000;
/** A message that is overtaken is so late, at most. */
const reorderUs = 1_000_000;
/** What is replayed counts as late from this age on. */
const lateUs = 200_000;

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

/**
 * The links between the nodes. As datagrams, messages are lost, repeated, replayed however old they are, and overtake each other;
 * as streams (what gRPC gives), they keep their order within a connection and a lane, wait while the way is blocked, and are
 * lost together when the connection breaks. What happens to the n-th message of a link depends on the seed, the link and n alone.
 */
export class SimulatedNetwork {
  readonly #host: NetworkHost;
  readonly #links: Link[] = [];
  /** The unruly behaviours are over. */
  #calm = false;

  constructor(host: NetworkHost, seed: number) {
    this.#host = host;
    for (const from of host.nodes) {
      for (const to of host.nodes) this.#links.push(new Link(from, to, mix(seed, from.index * 64 + to.index)));
    }
  }

  slow(from: number, to: number, factor: number): void {
    this.#link(from, to).slowness = factor;
  }

  /** From now on so many packets get lost: as datagrams for good, on a stream until they are sent again. */
  lose(from: number, to: number, rate: number): void {
    this.#link(from, to).lossRate = rate;
  }

  /** Nothing comes out of the link until it is unclogged; then everything does. */
  clog(from: number, to: number): void {
    this.#link(from, to).clogs += 1;
  }

  unclog(from: number, to: number): void {
    const link = this.#link(from, to);
    if (link.clogs === 0) throw new Error(`nothing clogs ${from} to ${to}`);
    link.clogs -= 1;
    if (link.clogs === 0) for (const deliver of link.takeHeld()) deliver();
  }

  /** The receiver's end of the stream is gone, and the sender is not told. False if there is no such stream. */
  halfOpen(from: number, to: number): boolean {
    const link = this.#link(from, to);
    if (!this.#isStream || !link.connected || link.vanishing) return false;
    link.loseInFlight();
    link.vanishing = true;
    return true;
  }

  /** The sender notices at last that it has been speaking to nobody. */
  endHalfOpen(from: number, to: number): void {
    const link = this.#link(from, to);
    if (link.vanishing) this.#break(link, 0);
  }

  /** Brings back so many messages, of any age, in any order. False if links are streams, on which that does not happen. */
  replay(from: number, to: number, draws: readonly number[]): boolean {
    if (this.#isStream) return false;
    const link = this.#link(from, to);
    for (const draw of draws) this.#replayOne(link, link.past.pick(draw));
    return true;
  }

  /** No more losses and delays; a stream that would still be behind for long begins anew. */
  calmDown(): void {
    this.#calm = true;
    const soonUs = this.#host.queue.nowUs + stuckUs / 10;
    for (const link of this.#links) {
      link.slowness = 1;
      link.lossRate = 0;
      link.clogs = 0;
      if (link.vanishing || Math.max(...link.lastArrivalUs) > soonUs) this.#break(link, 0);
      for (const deliver of link.takeHeld()) deliver();
    }
  }

  send(from: SimulatedNode, to: SimulatedNode, lane: Lane, original: PeerMessage): void {
    const link = this.#link(from.index, to.index);
    link.sent += 1;
    const message = this.#host.transcode(original);
    if (!this.#isStream) this.#sendDatagram(link, message);
    else if (link.vanishing) this.#host.coverage.hit('message sent into a half-open stream');
    else if (link.connected) this.#sendOnStream(link, lane, message);
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
      this.#link(node.index, other.index).drop(this.#isStream);
      const incoming = this.#link(other.index, node.index);
      const noticed = this.#reachable(incoming);
      this.#break(incoming, noticed ? incoming.delayUs(this.#host.config) : stuckUs);
    }
  }

  /** One connection breaks for no reason. */
  reset(from: number, to: number): void {
    const link = this.#link(from, to);
    if (!link.connected) return;
    this.#host.coverage.hit('stream reset');
    this.#break(link, link.delayUs(this.#host.config));
  }

  /** The way from one node to another is open again. */
  onOpen(from: number, to: number): void {
    const link = this.#link(from, to);
    const held = link.takeHeld();
    if (held.length === 0) return;
    if (this.#isStream && link.draw(purposes.reset) < 0.3) {
      this.#host.coverage.hit('stream reset');
      this.#break(link, 0);
      return;
    }
    for (const deliver of held) deliver();
  }

  #sendDatagram(link: Link, message: PeerMessage): void {
    const { config, queue, coverage } = this.#host;
    const { from, to } = link;
    const past = {
      message,
      incarnation: from.incarnation,
      sentUs: queue.nowUs,
      fromBoot: from.boots,
      toBoot: to.boots,
    };
    let delayUs = link.delayUs(config);
    if (this.#calm) {
      queue.after(delayUs, () => this.#deliver(link, past));
      return;
    }
    link.past.add(past, link.draw(purposes.keep));
    if (link.draw(purposes.drop) < Math.max(config.dropRate, link.lossRate)) {
      coverage.hit('message dropped');
      return;
    }
    if (link.draw(purposes.reorder) < config.reorderRate) {
      coverage.hit('message overtaken by many');
      delayUs += reorderUs * link.draw(purposes.length);
    }
    queue.after(delayUs, () => this.#deliver(link, past));
    if (link.draw(purposes.duplicate) < config.duplicateRate) {
      coverage.hit('message duplicated');
      queue.after(delayUs * (0.5 + 4 * link.draw(purposes.length)), () => this.#deliver(link, past));
    }
    if (link.draw(purposes.replay) < config.replayRate) this.#replayOne(link, link.past.pick(link.draw(purposes.pick)));
  }

  #replayOne(link: Link, past: PastMessage | undefined): void {
    if (past === undefined || this.#calm) return;
    const { coverage, queue, config } = this.#host;
    coverage.hit(queue.nowUs - past.sentUs > lateUs ? 'message replayed late' : 'message duplicated');
    if (past.fromBoot !== link.from.boots) coverage.hit('message of an earlier boot of its sender replayed');
    if (past.toBoot !== link.to.boots) coverage.hit('message to an earlier boot of its receiver replayed');
    queue.after(link.delayUs(config), () => this.#deliver(link, past));
  }

  #sendOnStream(link: Link, lane: Lane, message: PeerMessage): void {
    const { queue, config } = this.#host;
    const at = lane === 'control' ? 0 : 1;
    let delayUs = Math.ceil(link.delayUs(config));
    if (!this.#calm && link.draw(purposes.drop) < link.lossRate) delayUs += retransmissionUs;
    const arrivalUs = Math.max(queue.nowUs + delayUs, link.lastArrivalUs[at] + 1);
    link.lastArrivalUs[at] = arrivalUs;
    const { epoch } = link;
    const { incarnation, boots: fromBoot } = link.from;
    const past = { message, incarnation, sentUs: queue.nowUs, fromBoot, toBoot: link.to.boots };
    queue.at(arrivalUs, () => {
      if (link.epoch === epoch) this.#deliver(link, past);
    });
  }

  /** It has come to the end of its way, if that is open. */
  #deliver(link: Link, past: PastMessage): void {
    const { reachability } = this.#host;
    const isOpen = reachability.open(link.from.index, link.to.index);
    if (isOpen && link.clogs === 0) {
      this.#arrive(link, past);
      return;
    }
    // A datagram does not wait for a way that is cut.
    if (!isOpen && !this.#isStream) return;
    if (!isOpen && link.stuckSinceUs === undefined) this.#becomeStuck(link);
    if (link.held.length < heldLimit) link.held.push(() => this.#deliver(link, past));
    else if (this.#isStream) this.#break(link, 0);
  }

  #becomeStuck(link: Link): void {
    const { queue } = this.#host;
    const since = queue.nowUs;
    link.stuckSinceUs = since;
    queue.after(stuckUs, () => {
      if (link.stuckSinceUs === since) this.#break(link, 0);
    });
  }

  #arrive({ from, to }: Link, { message, incarnation }: PastMessage): void {
    if (!to.alive) return;
    this.#host.onDeliver(from, to, message);
    to.give({ type: 'peerMessage', from: from.nodeId, incarnation, message });
  }

  #connectSoon(link: Link): void {
    if (link.reconnecting || link.connected) return;
    link.reconnecting = true;
    this.#host.queue.after(link.delayUs(this.#host.config) + 1_000, () => this.#tryToConnect(link));
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
    link.drop(this.#isStream);
    if (!wasConnected || !from.alive) return;
    this.#host.queue.after(noticeUs, () => {
      if (!from.alive || from.boots !== boots || link.connected) return;
      from.give({ type: 'peerDisconnected', peer: to.nodeId, refused: this.#reachable(link) && !to.alive });
      this.#connectSoon(link);
    });
  }

  get #isStream(): boolean {
    return this.#host.config.transport === 'stream';
  }

  #reachable({ from, to }: Link): boolean {
    const { reachability } = this.#host;
    return reachability.open(from.index, to.index) && reachability.open(to.index, from.index);
  }

  #link(from: number, to: number): Link {
    const link = this.#links[from * this.#host.nodes.length + to];
    if (link === undefined) throw new RangeError(`no link ${from} to ${to}`);
    return link;
  }
}
