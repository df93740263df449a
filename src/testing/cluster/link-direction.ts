/**
 * What becomes of the bytes of one direction.
 *
 * - `open`: they flow.
 * - `blocked`: as if every packet were dropped. Nothing flows and nothing is lost; TCP tries again and again, so everything, ends of
 *   connections included, arrives in order when the direction opens.
 * - `blackHole`: they vanish, as if the far end had gone without a word. A stream with a hole is of no use: connections
 *   that lost something are reset when the direction opens.
 */
export type LinkState = 'open' | 'blocked' | 'blackHole';

/** How bytes of an open direction travel. */
export interface LinkSpeed {
  /** Of every byte. Default 0. */
  readonly delayMs?: number | undefined;
  /** Up to so much more, drawn anew for every piece; the order is kept. Default 0. */
  readonly jitterMs?: number | undefined;
  /** Of all connections of the direction together. Default: no limit. */
  readonly bytesPerSecond?: number | undefined;
}

/** What a direction has done since it was made: proof that a fault has met traffic. */
export interface DirectionCounters {
  /** Given to the other end. */
  readonly bytesPassed: number;
  /** Arrived while the direction was blocked. */
  readonly bytesHeld: number;
  /** Vanished in a black hole. */
  readonly bytesLost: number;
  /** Arrived while the direction was slow. */
  readonly bytesSlowed: number;
}

/** Waiting bytes of one connection; past them the sender is held back. */
const mostBufferedBytes = 1024 * 1024;

/** One direction of a link, shared by all of its connections. */
export class LinkDirection {
  readonly counters = { bytesPassed: 0, bytesHeld: 0, bytesLost: 0, bytesSlowed: 0 };
  readonly #listeners = new Set<() => void>();
  #state: LinkState = 'open';
  #speed: LinkSpeed | undefined;
  /** When the last byte that was admitted has left a direction of limited rate. */
  #freeAtMs = 0;

  get state(): LinkState {
    return this.#state;
  }

  get speed(): LinkSpeed | undefined {
    return this.#speed;
  }

  set(state: LinkState): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }

  /** Undefined: as fast as it goes. What is under way keeps its time. */
  setSpeed(speed: LinkSpeed | undefined): void {
    for (const [name, value] of Object.entries(speed ?? {})) {
      const isValid = value === undefined || (Number.isFinite(value) && value >= 0);
      if (!isValid) throw new RangeError(`${name} is a number from 0, not ${value}`);
    }
    if (speed?.bytesPerSecond === 0) throw new RangeError('bytesPerSecond is more than 0: block the direction instead');
    this.#speed = speed;
    this.#freeAtMs = 0;
  }

  /** Called after every change of the state, until the function returned is. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get bufferBytes(): number {
    return Math.min(mostBufferedBytes, this.#speed?.bytesPerSecond ?? mostBufferedBytes);
  }

  /** The largest piece that may travel at once: a twentieth of a second of a limited rate. */
  get pieceBytes(): number {
    const { bytesPerSecond } = this.#speed ?? {};
    return bytesPerSecond === undefined ? Number.POSITIVE_INFINITY : Math.max(1, Math.ceil(bytesPerSecond / 20));
  }

  /** When so many bytes that arrive now have travelled. */
  arrivalMs(nowMs: number, bytes: number): number {
    if (this.#speed === undefined) return nowMs;
    const { delayMs = 0, jitterMs = 0, bytesPerSecond } = this.#speed;
    let sentMs = nowMs;
    if (bytesPerSecond !== undefined) {
      sentMs = Math.max(nowMs, this.#freeAtMs) + (bytes * 1_000) / bytesPerSecond;
      this.#freeAtMs = sentMs;
    }
    return sentMs + delayMs + Math.random() * jitterMs;
  }
}
