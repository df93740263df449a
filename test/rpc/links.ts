import type { Lane } from '../../src/replica/effect.ts';
import type { PeerMessage } from '../../src/replica/messages.ts';
import type { DropReason } from '../../src/rpc/peer-link.ts';
import { PeerTransport } from '../../src/rpc/peer-transport.ts';
import { RpcServer } from '../../src/rpc/rpc-server.ts';
import type { NodeId } from '../../src/wire/identifiers.ts';

export interface Received {
  readonly from: NodeId;
  readonly incarnation: string;
  readonly lane: Lane;
  readonly message: PeerMessage;
}

export interface EndOptions {
  readonly clusterId?: string;
  readonly budgetBytes?: Readonly<Record<Lane, number>>;
}

/** One node's end of the links: a port of its own, a transport, and what it has seen. */
export class LinkEnd {
  readonly nodeId: NodeId;
  readonly server: RpcServer;
  readonly received: Received[] = [];
  /** `up n2`, `down n2`, `refused n2`, in order. */
  readonly events: string[] = [];
  readonly refusedLinks: string[] = [];
  readonly dropped: Record<DropReason, number> = { disconnected: 0, overflow: 0, 'too-large': 0 };
  port = 0;
  #transport: PeerTransport | undefined;

  constructor(nodeId: string, server = new RpcServer({ maxConnections: 100 })) {
    this.nodeId = nodeId as NodeId;
    this.server = server;
  }

  static async listening(nodeId: string, port = 0): Promise<LinkEnd> {
    const end = new LinkEnd(nodeId);
    end.port = await end.server.listen('127.0.0.1', port);
    return end;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  get transport(): PeerTransport {
    if (this.#transport === undefined) throw new Error(`${this.nodeId} has not joined`);
    return this.#transport;
  }

  join(peers: readonly { readonly nodeId: NodeId; readonly address: string }[], options: EndOptions = {}): void {
    this.#transport = new PeerTransport({
      nodeId: this.nodeId,
      incarnation: `incarnation of ${this.nodeId}`,
      clusterId: () => options.clusterId ?? '',
      onMessage: (from, incarnation, lane, message) => this.received.push({ from, incarnation, lane, message }),
      onConnected: (peer) => this.events.push(`up ${peer}`),
      onDisconnected: (peer, refused) => this.events.push(`${refused ? 'refused' : 'down'} ${peer}`),
      onDropped: (_peer, _lane, reason, messages) => {
        this.dropped[reason] += messages;
      },
      onLinkRefused: (from, reason) => this.refusedLinks.push(`${from}: ${reason}`),
      onFault: (error) => {
        throw error;
      },
      budgetBytes: options.budgetBytes,
    });
    this.#transport.register(this.server);
    this.#transport.reach(peers);
    this.#transport.start();
  }

  send(to: LinkEnd, lane: Lane, message: PeerMessage): void {
    this.transport.send(to.nodeId, lane, message);
  }

  /** As if the process were killed. */
  kill(): void {
    this.#transport?.close();
    this.server.destroy();
  }
}
