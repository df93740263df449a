import { Client, type ClientDuplexStream, credentials } from '@grpc/grpc-js';
import type { GreetingAnswer } from '../paxos/messages.ts';
import type { Lane } from '../replica/effect.ts';
import type { PeerMessage } from '../replica/messages.ts';
import { WireFormatError } from '../wire/protobuf.ts';
import { linkOptions, maxMessageBytes } from './grpc-options.ts';
import { Outbox } from './outbox.ts';
import { decodePeerFrame, encodePeerFrame, type PeerHello } from './peer-codec.ts';
import { asBuffer, linkMethod } from './raw-method.ts';

/** Messages are gathered into frames of about this size. */
const frameTargetBytes = 1024 * 1024;
/** A dial that has not been answered by then has failed. */
const dialTimeoutMs = 1_000;
const firstBackoffMs = 25;
const longestBackoffMs = 1_000;
/** A link that lived this long was a success: the next dial is made at once. */
const steadyMs = 100;

export interface PeerLinkOptions {
  readonly address: string;
  readonly lane: Lane;
  readonly budgetBytes: number;
  /** The first frame of every connection. */
  readonly hello: () => PeerHello;
  readonly onUp: () => void;
  readonly onDown: (reason: string) => void;
  /** Every time that a dial is refused by the peer's host: no process listens there. */
  readonly onRefused: () => void;
  /** What the peer answers to a greeting on this link. */
  readonly onAnswer: (answer: GreetingAnswer) => void;
  readonly onDropped: (reason: DropReason, messages: number) => void;
  /** A message could not be encoded: a fault of this program. */
  readonly onFault: (error: unknown) => void;
}

export type DropReason = 'disconnected' | 'overflow' | 'too-large';

type State =
  | { readonly kind: 'idle' }
  | { readonly kind: 'dialing'; readonly dial: Dial }
  | { readonly kind: 'up'; readonly dial: Dial; readonly sinceMs: number }
  | { readonly kind: 'waiting'; readonly timer: NodeJS.Timeout }
  | { readonly kind: 'closed' };

interface Dial {
  readonly client: Client;
  readonly call: ClientDuplexStream<Uint8Array, Uint8Array>;
  readonly timeout: NodeJS.Timeout;
}

/**
 * One outgoing TCP connection to a peer, for one lane. It dials again for ever, at once after a break and then with
 * growing pauses; every dial is a gRPC channel of its own, so that the back-off of grpc-js has no say. The link is up when the peer
 * has accepted the hello. While it is down, messages are dropped: what is old on arrival is of no use to the protocol.
 */
export class PeerLink {
  readonly #options: PeerLinkOptions;
  readonly #outbox: Outbox;
  #state: State = { kind: 'idle' };
  #failures = 0;
  #writing = false;
  #flushScheduled = false;

  constructor(options: PeerLinkOptions) {
    this.#options = options;
    this.#outbox = new Outbox(options.lane, options.budgetBytes);
  }

  get up(): boolean {
    return this.#state.kind === 'up';
  }

  get queuedBytes(): number {
    return this.#outbox.bytes;
  }

  /** Once closed, it stays so. */
  start(): void {
    if (this.#state.kind === 'idle') this.#dial();
  }

  /** What is sent in one turn of the event loop, or while a frame is being written, travels in one frame. */
  send(message: PeerMessage): void {
    if (this.#state.kind !== 'up') {
      this.#options.onDropped('disconnected', 1);
      return;
    }
    const dropped = this.#outbox.add(message);
    if (dropped > 0) this.#options.onDropped('overflow', dropped);
    if (this.#writing || this.#flushScheduled) return;
    this.#flushScheduled = true;
    queueMicrotask(() => {
      this.#flushScheduled = false;
      this.#flush();
    });
  }

  close(): void {
    const state = this.#state;
    this.#state = { kind: 'closed' };
    this.#outbox.clear();
    if (state.kind === 'waiting') clearTimeout(state.timer);
    else if (state.kind === 'dialing' || state.kind === 'up') hangUp(state.dial);
  }

  #dial(): void {
    const { address, hello } = this.#options;
    const client = new Client(address, credentials.createInsecure(), linkOptions);
    const call = client.makeBidiStreamRequest(linkMethod.path, asBuffer, (bytes: Buffer): Uint8Array => bytes);
    const timeout = setTimeout(() => this.#onEnd(dial, 'no answer'), dialTimeoutMs);
    const dial: Dial = { client, call, timeout };
    this.#state = { kind: 'dialing', dial };
    this.#writing = false;
    call.on('metadata', () => this.#onUp(dial));
    call.on('status', (status) => this.#onEnd(dial, status.details));
    call.on('error', () => undefined); // 'status' says the same
    call.on('data', (bytes: Uint8Array) => this.#onData(dial, bytes));
    call.write(encodePeerFrame({ hello: hello(), messages: [] }));
  }

  #onUp(dial: Dial): void {
    if (this.#state.kind !== 'dialing' || this.#state.dial !== dial) return;
    clearTimeout(dial.timeout);
    this.#state = { kind: 'up', dial, sinceMs: performance.now() };
    this.#options.onUp();
  }

  #onData(dial: Dial, bytes: Uint8Array): void {
    try {
      for (const message of decodePeerFrame(bytes).messages) {
        if (message.type === 'greetingAnswer') this.#options.onAnswer(message);
      }
    } catch (error) {
      if (!(error instanceof WireFormatError)) throw error;
      this.#onEnd(dial, error.message);
    }
  }

  #onEnd(dial: Dial, details: string): void {
    const state = this.#state;
    if ((state.kind !== 'dialing' && state.kind !== 'up') || state.dial !== dial) return;
    hangUp(dial);
    if (state.kind === 'up' && performance.now() - state.sinceMs >= steadyMs) this.#failures = 0;
    const pauseMs = backoffMs(this.#failures);
    this.#failures += 1;
    this.#state = { kind: 'waiting', timer: setTimeout(() => this.#dial(), pauseMs) };
    const dropped = this.#outbox.clear();
    if (dropped > 0) this.#options.onDropped('disconnected', dropped);
    if (state.kind === 'up') this.#options.onDown(details);
    else if (details.includes('ECONNREFUSED')) this.#options.onRefused();
  }

  #flush(): void {
    if (this.#state.kind !== 'up' || this.#writing || this.#outbox.size === 0) return;
    const { dial } = this.#state;
    const messages = this.#outbox.take(frameTargetBytes);
    let frame: Uint8Array;
    try {
      frame = encodePeerFrame({ hello: undefined, messages });
    } catch (error) {
      this.#options.onFault(error);
      return;
    }
    if (frame.byteLength > maxMessageBytes) {
      this.#options.onDropped('too-large', messages.length);
      this.#flush();
      return;
    }
    this.#writing = true;
    dial.call.write(frame, () => {
      if (this.#state.kind !== 'up' || this.#state.dial !== dial) return;
      this.#writing = false;
      this.#flush();
    });
  }
}

/** 0 for the first attempt after a success, then doubling, give or take a quarter. */
function backoffMs(failures: number): number {
  if (failures === 0) return 0;
  const pauseMs = Math.min(longestBackoffMs, firstBackoffMs * 2 ** Math.min(failures - 1, 10));
  return pauseMs * (0.75 + 0.5 * Math.random());
}

function hangUp(dial: Dial): void {
  clearTimeout(dial.timeout);
  dial.call.cancel();
  dial.client.close();
}
