import type { Logger } from 'pino';
import type { Incarnation } from '../paxos/record.ts';
import type { Lane } from '../replica/effect.ts';
import type { PeerMessage } from '../replica/messages.ts';
import { type Peer, PeerTransport } from '../rpc/peer-transport.ts';
import type { RpcServer } from '../rpc/rpc-server.ts';
import type { NodeId } from '../wire/identifiers.ts';
import type { Driver } from './driver.ts';
import type { Metrics } from './metrics.ts';
import type { RoundTrips } from './round-trips.ts';

/** Dialers are strangers: what is kept about them is bounded. */
const rememberedRefusals = 100;

export interface PeerDeskParts {
  readonly nodeId: NodeId;
  readonly incarnation: Incarnation;
  readonly clusterId: () => string;
  readonly driver: Driver;
  readonly metrics: Metrics;
  readonly roundTrips: Pick<RoundTrips, 'onSent' | 'onReceived'>;
  readonly logger: Logger;
}

/** Joins the transport to the driver, and tells operators about links: one line per change, not per attempt. */
export class PeerDesk {
  readonly #parts: PeerDeskParts;
  /** The last reason for which links of each dialer were turned away. */
  readonly #refusals = new Map<string, string>();
  readonly #transport: PeerTransport;
  #connected = 0;

  get connectedCount(): number {
    return this.#connected;
  }

  constructor(parts: PeerDeskParts) {
    this.#parts = parts;
    const { nodeId, incarnation, clusterId, driver, metrics, roundTrips, logger } = parts;
    this.#transport = new PeerTransport({
      nodeId,
      incarnation,
      clusterId,
      onMessage: (from, sender, lane, message) => {
        roundTrips.onReceived(from, message);
        driver.give({ type: 'peerMessage', from, incarnation: sender, message }, lane);
      },
      onConnected: (peer) => {
        this.#connected += 1;
        logger.info({ event: 'peer-connected', peer }, `connected to ${peer}`);
        driver.give({ type: 'peerConnected', peer }, 'control');
      },
      onDisconnected: (peer, refused, reason) => {
        if (!refused) {
          this.#connected -= 1;
          metrics.peerDisconnected(peer);
        }
        logger.info({ event: 'peer-disconnected', peer, refused, reason }, `disconnected from ${peer}: ${reason}`);
        driver.give({ type: 'peerDisconnected', peer, refused }, 'control');
      },
      onDropped: (peer, lane, reason, messages) => metrics.peerDropped(peer, lane, reason, messages),
      onLinkRefused: (from, reason) => this.#onLinkRefused(from, reason),
      onFault: (error) => driver.fail(error),
    });
  }

  get queuedBytes(): number {
    return this.#transport.queuedBytes;
  }

  register(server: RpcServer): void {
    this.#transport.register(server);
  }

  /** These from now on, and nobody else. */
  reach(peers: readonly Peer[]): void {
    this.#transport.reach(peers);
  }

  start(): void {
    this.#transport.start();
  }

  send(to: NodeId, lane: Lane, message: PeerMessage): void {
    this.#parts.roundTrips.onSent(to, message);
    this.#transport.send(to, lane, message);
  }

  close(): void {
    this.#transport.close();
  }

  /** A dialer that is turned away comes back at once. */
  #onLinkRefused(from: string, reason: string): void {
    if (this.#refusals.get(from) === reason) return;
    if (this.#refusals.size >= rememberedRefusals) this.#refusals.clear();
    this.#refusals.set(from, reason);
    this.#parts.logger.warn({ event: 'link-refused', from, reason }, `a link from ${from} was refused: ${reason}`);
  }
}
