import { mix } from '../prng.ts';

interface Event {
  readonly at: number;
  /** Orders events of the same instant. */
  readonly key: number;
  readonly sequence: number;
  readonly run: () => void;
}

/**
 * What happens next in the simulated world: a binary heap ordered by (true time, order of scheduling). With a tie seed, events of
 * the same microsecond come in an order drawn from it instead.
 */
export class EventQueue {
  readonly #heap: Event[] = [];
  readonly #tieSeed: number | undefined;
  #scheduled = 0;
  #planned = 0;
  /** Of the present instant: what is scheduled in it is numbered afresh, so that its ties do not depend on what came before. */
  #instantSeed = 0;
  #scheduledInInstant = 0;
  #nowUs = 0;

  constructor(tieSeed?: number) {
    this.#tieSeed = tieSeed;
  }

  /** True time in whole microseconds since the world began. */
  get nowUs(): number {
    return this.#nowUs;
  }

  /** Rounded up to whole microseconds, so that distinct whole ones stay distinct. A time that has passed means now. */
  at(timeUs: number, run: () => void): void {
    const at = Math.max(this.#nowUs, Math.ceil(timeUs));
    this.#scheduled += 1;
    this.#push({ at, key: this.#tieKey(), sequence: this.#scheduled, run });
  }

  /**
   * Before whatever else happens in that instant, whenever it was scheduled; those of one instant in the order of scheduling. The
   * order of the rest is the same with and without it.
   */
  planned(timeUs: number, run: () => void): void {
    this.#planned += 1;
    this.#push({ at: Math.max(this.#nowUs, Math.ceil(timeUs)), key: -1, sequence: this.#planned, run });
  }

  after(delayUs: number, run: () => void): void {
    this.at(this.#nowUs + delayUs, run);
  }

  /** Runs the next event if it is due by then; else time moves there. */
  runNext(untilUs: number): boolean {
    const next = this.#heap[0];
    if (next === undefined || next.at > untilUs) {
      this.#nowUs = Math.max(this.#nowUs, untilUs);
      return false;
    }
    this.#pop();
    if (next.at !== this.#nowUs) this.#begin(next.at);
    next.run();
    return true;
  }

  #begin(instantUs: number): void {
    this.#nowUs = instantUs;
    if (this.#tieSeed === undefined) return;
    this.#instantSeed = mix(this.#tieSeed, instantUs);
    this.#scheduledInInstant = 0;
  }

  #tieKey(): number {
    if (this.#tieSeed === undefined) return 0;
    this.#scheduledInInstant += 1;
    return mix(this.#instantSeed, this.#scheduledInInstant);
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above] as Event;
      if (!before(event, parent)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = event;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Event;
    const length = heap.length;
    if (length === 0) return;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= length) break;
      if (below + 1 < length && before(heap[below + 1] as Event, heap[below] as Event)) below += 1;
      const child = heap[below] as Event;
      if (!before(child, last)) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = last;
  }
}

function before(a: Event, b: Event): boolean {
  if (a.at !== b.at) return a.at < b.at;
  if (a.key !== b.key) return a.key < b.key;
  return a.sequence < b.sequence;
}
