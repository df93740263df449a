import { exponential, mix, unit } from '../prng.ts';
import type { SimulatedNode } from './node.ts';
import { PastMessages } from './past-messages.ts';

/** What is drawn for a message, each from a number of its own. */
export const purposes = {
  drop: 1,
  delay: 2,
  duplicate: 3,
  replay: 4,
  length: 5,
  reset: 6,
  reorder: 7,
  keep: 8,
  pick: 9,
} as const;

export type Purpose = (typeof purposes)[keyof typeof purposes];

const purposeCount = 16;

/** The way from one node to another, with whatever is under way on it. */
export class Link {
  readonly from: SimulatedNode;
  readonly to: SimulatedNode;
  readonly past = new PastMessages();
  readonly #seed: number;
  sent = 0;
  connected = false;
  /** Counts connections: what was sent on an older one does not arrive (stream mode). */
  epoch = 0;
  reconnecting = false;
  /** The last arrival of each lane: streams keep their order. */
  lastArrivalUs: [control: number, bulk: number] = [0, 0];
  /** What waits for a blocked or clogged way to be open again. */
  held: (() => void)[] = [];
  stuckSinceUs: number | undefined;
  /** Multiplies the delay. */
  slowness = 1;
  /** So many of the packets get lost, beside those that always do. */
  lossRate = 0;
  /** Nothing comes out at the moment, but nothing is lost either; faults overlap, so they are counted. */
  clogs = 0;
  /** The stream is half open: the sender believes in it, and nothing arrives any more. */
  vanishing = false;

  constructor(from: SimulatedNode, to: SimulatedNode, seed: number) {
    this.from = from;
    this.to = to;
    this.#seed = seed;
  }

  /** In [0, 1): for this purpose, for the newest message of the link. */
  draw(purpose: Purpose): number {
    return unit(mix(this.#seed, this.sent * purposeCount + purpose));
  }

  delayUs({ linkDelayUs, linkJitterUs }: { readonly linkDelayUs: number; readonly linkJitterUs: number }): number {
    const jitterUs = exponential(mix(this.#seed, this.sent * purposeCount + purposes.delay), linkJitterUs);
    return (linkDelayUs + jitterUs) * this.slowness;
  }

  /** The connection is no more, and with it what was under way on a stream; datagrams know no connection. */
  drop(isStream: boolean): void {
    this.connected = false;
    this.vanishing = false;
    if (isStream) this.loseInFlight();
  }

  loseInFlight(): void {
    this.epoch += 1;
    this.held = [];
    this.stuckSinceUs = undefined;
  }

  takeHeld(): readonly (() => void)[] {
    const { held } = this;
    this.held = [];
    this.stuckSinceUs = undefined;
    return held;
  }
}
