import type { Socket } from 'node:net';
import type { LinkDirection } from './link-direction.ts';

type Item =
  | { readonly kind: 'bytes'; readonly bytes: Buffer; readonly dueMs: number }
  | { readonly kind: 'end' | 'reset'; readonly dueMs: number };

/** One direction of one connection: carries bytes, the end and a reset from one socket to the other as its direction says. */
export class LinkPipe {
  readonly #source: Socket;
  readonly #sink: Socket;
  readonly #direction: LinkDirection;
  readonly #unsubscribe: () => void;
  /** First in, first out, also if a later item is due before. */
  readonly #queue: Item[] = [];
  #queuedBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #connected = false;
  #sinkIsFull = false;
  #sourceEnded = false;
  #closed = false;
  #torn = false;

  constructor(source: Socket, sink: Socket, direction: LinkDirection) {
    this.#source = source;
    this.#sink = sink;
    this.#direction = direction;
    this.#unsubscribe = direction.onChange(() => this.#flush());
    source.on('data', (bytes: Buffer) => this.#onData(bytes));
    source.on('end', () => this.#onEnd('end'));
    source.on('close', () => this.#onEnd('reset'));
    source.on('error', () => undefined); // 'close' follows
    sink.on('drain', () => {
      this.#sinkIsFull = false;
      this.#flush();
    });
  }

  /** Something that was sent never arrives. */
  get torn(): boolean {
    return this.#torn;
  }

  /** The sink takes bytes from now on. */
  connected(): void {
    this.#connected = true;
    this.#flush();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#unsubscribe();
    this.#queue.length = 0;
  }

  #onData(bytes: Buffer): void {
    const { counters, state, speed } = this.#direction;
    if (this.#closed) return;
    if (state === 'blocked') counters.bytesHeld += bytes.length;
    if (this.#queue.length > 0 || speed !== undefined || !this.#isFree) this.#enqueue(bytes);
    else this.#pass(bytes);
    this.#steer();
  }

  /** A socket closes without an end when it was reset. */
  #onEnd(kind: 'end' | 'reset'): void {
    if (this.#closed || this.#sourceEnded) return;
    this.#sourceEnded = true;
    this.#queue.push({ kind, dueMs: this.#dueMs(0) });
    this.#flush();
  }

  get #isFree(): boolean {
    const { state } = this.#direction;
    return this.#connected && (state === 'blackHole' || (state === 'open' && !this.#sinkIsFull));
  }

  #enqueue(bytes: Buffer): void {
    const { counters, speed, pieceBytes } = this.#direction;
    if (speed !== undefined) counters.bytesSlowed += bytes.length;
    this.#queuedBytes += bytes.length;
    for (let start = 0; start < bytes.length; start += pieceBytes) {
      const piece = bytes.subarray(start, start + pieceBytes);
      this.#queue.push({ kind: 'bytes', bytes: piece, dueMs: this.#dueMs(piece.length) });
    }
    this.#flush();
  }

  #dueMs(bytes: number): number {
    return this.#direction.arrivalMs(performance.now(), bytes);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    for (let item = this.#queue[0]; item !== undefined && this.#isFree; item = this.#queue[0]) {
      const waitMs = item.dueMs - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#flush(), Math.ceil(waitMs));
        break;
      }
      this.#queue.shift();
      if (item.kind !== 'bytes') {
        this.#passEnd(item.kind);
        continue;
      }
      this.#queuedBytes -= item.bytes.length;
      this.#pass(item.bytes);
    }
    this.#steer();
  }

  #pass(bytes: Buffer): void {
    const { counters, state } = this.#direction;
    if (state === 'blackHole') {
      counters.bytesLost += bytes.length;
      this.#torn = true;
    } else if (this.#sink.writable) {
      counters.bytesPassed += bytes.length;
      this.#sinkIsFull = !this.#sink.write(bytes);
    }
  }

  #passEnd(kind: 'end' | 'reset'): void {
    if (this.#direction.state === 'blackHole') this.#torn = true;
    else if (kind === 'end') this.#sink.end();
    else this.#sink.resetAndDestroy();
  }

  /** Holds the sender back, or lets it go on. */
  #steer(): void {
    const isFull = this.#queuedBytes >= this.#direction.bufferBytes;
    if (isFull || (this.#connected && this.#sinkIsFull && this.#direction.state !== 'blackHole')) this.#source.pause();
    else this.#source.resume();
  }
}
