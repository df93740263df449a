import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { ClientFrame, ServerFrame } from '../wire/frame.ts';
import { decodeClientFrame, encodeServerFrame } from '../wire/frame-codec.ts';
import { limits } from '../wire/limits.ts';
import { WireFormatError } from '../wire/protobuf.ts';
import type { WireError } from '../wire/result.ts';
import { wireError } from '../wire/wire-error.ts';
import { ReplyQueue } from './reply-queue.ts';

/** A request of the longest kind is wrapped into a little more. */
const frameSlackBytes = 64 * 1024;
/** Past that, a client is read no further until its frames have had their turn: it need not wait for answers by itself. */
const mostWaitingBytes = 1024 * 1024;
/** What a frame takes beside its bytes: an estimate. */
const frameOverheadBytes = 256;
/** A client that does not read what was said before the end is cut off after so long. */
const farewellMs = 1_000;

export type ClientCall = ServerDuplexStream<Uint8Array, Uint8Array>;

export interface ClientStreamEvents {
  readonly onFrame: (frame: ClientFrame) => void;
  readonly onDrained: (bytes: number, tookMs: number) => void;
  /** Once, and nothing after it: the client has gone or was dismissed. */
  readonly onClosed: () => void;
  /** The client does not read: its connection is to be cut. */
  readonly onStuck: () => void;
}

/** One client's stream. Gathers what is to be said while the previous frame is being written. */
export class ClientStream {
  readonly #call: ClientCall;
  readonly #events: ClientStreamEvents;
  readonly #replies = new ReplyQueue();
  /** The replica was told. */
  #closed = false;
  /** Nobody listens any more. */
  #gone = false;
  #ending = false;
  #writing = false;
  #flushScheduled = false;
  /** Frames that wait for their turn, and what they take together with those before them; when there are none, this begins anew. */
  #waitingFrames = 0;
  #waitingBytes = 0;
  #farewell: NodeJS.Timeout | undefined;

  constructor(call: ClientCall, events: ClientStreamEvents) {
    this.#call = call;
    this.#events = events;
    call.on('data', (bytes: Uint8Array) => this.#onBytes(bytes));
    call.on('end', () => this.#onGone());
    call.on('cancelled', () => this.#onGone());
    call.on('error', () => this.#onGone());
    call.on('close', () => {
      this.#onGone();
      clearTimeout(this.#farewell);
    });
  }

  /** HOST:PORT. */
  get address(): string {
    return this.#call.getPeer();
  }

  reply(frame: ServerFrame, bytes: number): void {
    if (this.#ending) return;
    this.#replies.add(frame, bytes);
    if (this.#writing || this.#flushScheduled) return;
    this.#flushScheduled = true;
    queueMicrotask(() => {
      this.#flushScheduled = false;
      this.#flush();
    });
  }

  /** One of its frames has had its turn. */
  frameTaken(): void {
    this.#waitingFrames -= 1;
    if (this.#waitingFrames > 0) return;
    this.#waitingBytes = 0;
    if (this.#call.isPaused()) this.#call.resume();
  }

  /** After what was replied has been written. */
  end(): void {
    if (this.#ending) return;
    this.#ending = true;
    this.#farewell = setTimeout(() => this.#events.onStuck(), farewellMs).unref();
    this.#flush();
  }

  dismiss(error: WireError): void {
    const frame = { welcome: undefined, results: [], keepAlives: [], watchNotices: [], grants: [], leader: undefined };
    this.reply({ ...frame, goodbye: error }, 0);
    this.#close();
    this.end();
  }

  #onBytes(bytes: Uint8Array): void {
    if (this.#closed || this.#ending) return;
    if (bytes.byteLength > limits.frameBytes + frameSlackBytes) {
      this.dismiss(wireError('FRAME_TOO_LARGE', `a frame of ${bytes.byteLength} bytes, at most ${limits.frameBytes}`));
      return;
    }
    let frame: ClientFrame;
    try {
      frame = decodeClientFrame(bytes);
    } catch (error) {
      if (!(error instanceof WireFormatError)) throw error;
      this.dismiss(wireError(error.code, `a frame cannot be decoded: ${error.message}`));
      return;
    }
    this.#waitingFrames += 1;
    this.#waitingBytes += frameOverheadBytes + bytes.byteLength;
    if (this.#waitingBytes > mostWaitingBytes) this.#call.pause();
    this.#events.onFrame(frame);
  }

  #onGone(): void {
    this.#gone = true;
    this.#close();
    this.end();
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#call.resume(); // what still comes is passed over, up to its end
    this.#events.onClosed();
  }

  #flush(): void {
    if (this.#writing && !this.#gone) return;
    if (this.#gone || this.#replies.empty) {
      if (this.#ending) this.#call.end();
      return;
    }
    const { frame, bytes } = this.#replies.take();
    this.#writing = true;
    const startMs = performance.now();
    this.#call.write(encodeServerFrame(frame), () => {
      this.#writing = false;
      if (!this.#closed) this.#events.onDrained(bytes, performance.now() - startMs);
      this.#flush();
    });
  }
}
