import { Metadata, type ServerDuplexStream, status } from '@grpc/grpc-js';
import type { GreetingAnswer } from '../paxos/messages.ts';
import type { Incarnation } from '../paxos/record.ts';
import type { Lane } from '../replica/effect.ts';
import type { PeerMessage } from '../replica/messages.ts';
import type { NodeId } from '../wire/identifiers.ts';
import { WireFormatError } from '../wire/protobuf.ts';
import { decodePeerFrame, encodePeerFrame, type PeerHello } from './peer-codec.ts';
import { asBuffer, linkMethod } from './raw-method.ts';
import type { RpcServer } from './rpc-server.ts';

type LinkCall = ServerDuplexStream<Uint8Array, Uint8Array>;

export interface PeerServiceOptions {
  readonly nodeId: NodeId;
  readonly clusterId: () => string;
  readonly isPeer: (nodeId: NodeId) => boolean;
  readonly onMessage: (from: NodeId, incarnation: Incarnation, lane: Lane, message: PeerMessage) => void;
  /** A link was turned away or cut: it says why. */
  readonly onRefused: (from: string, reason: string) => void;
}

/** The accepting end of the links that the peers dial. */
export class PeerService {
  readonly #options: PeerServiceOptions;
  /** The newest link of each peer's incarnation and lane: an older one is a leftover and is cut. */
  readonly #links = new Map<string, LinkCall>();
  /** The boot id of the last greeting that came by a link. */
  readonly #greeted = new Map<LinkCall, string>();

  constructor(options: PeerServiceOptions) {
    this.#options = options;
  }

  register(server: RpcServer): void {
    server.addService({ link: linkMethod }, { link: (call: LinkCall) => this.#onLink(call) });
  }

  /**
   * Answers a greeting on the link that it came by: a second node under a member's name listens elsewhere than that member,
   * and would otherwise never hear why it is turned away. False if that link is gone.
   */
  answer(message: GreetingAnswer): boolean {
    const [call] = [...this.#greeted].find(([, bootId]) => bootId === message.bootId) ?? [];
    if (call === undefined || call.writableEnded || call.destroyed) return false;
    // One that does not read what it asked for asks again.
    if (!call.writableNeedDrain) call.write(asBuffer(encodePeerFrame({ hello: undefined, messages: [message] })));
    return true;
  }

  #onLink(call: LinkCall): void {
    let hello: PeerHello | undefined;
    let from = call.getPeer();
    call.on('data', (bytes: Uint8Array) => {
      try {
        const frame = decodePeerFrame(bytes);
        from = frame.hello?.nodeId ?? from;
        hello ??= this.#greet(call, frame.hello);
        this.#deliver(call, hello, frame.messages);
      } catch (error) {
        if (!(error instanceof WireFormatError)) throw error;
        this.#options.onRefused(from, error.message);
        cut(call, error.code === 'UNSUPPORTED' ? status.UNIMPLEMENTED : status.INVALID_ARGUMENT, error.message);
      }
    });
    call.on('end', () => call.end());
    call.on('error', () => undefined); // 'close' follows
    call.on('close', () => {
      if (hello !== undefined && this.#links.get(linkKey(hello)) === call) this.#links.delete(linkKey(hello));
      this.#greeted.delete(call);
    });
  }

  /** A node of another cluster, or no member of this one, is only told so: nothing else that it says means anything here. */
  #deliver(
    call: LinkCall,
    { clusterId, nodeId, incarnation, lane }: PeerHello,
    messages: readonly PeerMessage[],
  ): void {
    const own = this.#options.clusterId();
    const foreign = (clusterId !== '' && own !== '' && clusterId !== own) || !this.#options.isPeer(nodeId);
    for (const message of messages) {
      if (foreign && message.type !== 'greeting' && message.type !== 'greetingAnswer') continue;
      if (message.type === 'greeting') this.#greeted.set(call, message.bootId);
      this.#options.onMessage(nodeId, incarnation, lane, message);
    }
  }

  /** @throws WireFormatError if the link may not stand */
  #greet(call: LinkCall, hello: PeerHello | undefined): PeerHello {
    if (hello === undefined) throw new WireFormatError('the first frame of a link has no hello');
    const { nodeId } = this.#options;
    if (hello.toNodeId !== nodeId) {
      throw new WireFormatError(`${hello.nodeId} meant to reach ${hello.toNodeId}, but this is ${nodeId}`);
    }
    const older = this.#links.get(linkKey(hello));
    this.#links.set(linkKey(hello), call);
    if (older !== undefined) cut(older, status.ABORTED, 'replaced by a newer link');
    // The headers tell the dialer that the link is up.
    call.sendMetadata(new Metadata());
    return hello;
  }
}

function linkKey(hello: PeerHello): string {
  return `${hello.lane} ${hello.nodeId} ${hello.incarnation}`;
}

function cut(call: LinkCall, code: status, details: string): void {
  call.removeAllListeners('data');
  call.resume();
  call.emit('error', Object.assign(new Error(details), { code, details }));
}
