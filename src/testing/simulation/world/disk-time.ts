import type { RandomStream } from '../prng.ts';
import type { EventQueue } from './event-queue.ts';

export interface DiskTiming {
  readonly diskUs: number;
  readonly diskJitterUs: number;
}

/** How long a disk takes for what it does. */
export class DiskTime {
  /** Multiplies the time of everything that begins from now on. */
  slowness = 1;
  readonly #timing: DiskTiming;
  readonly #queue: EventQueue;
  readonly #stream: RandomStream;
  /** What takes its time at the moment. */
  readonly #underWay = new Set<() => void>();
  #hangsUntilUs = 0;

  constructor(timing: DiskTiming, queue: EventQueue, stream: RandomStream) {
    this.#timing = timing;
    this.#queue = queue;
    this.#stream = stream;
  }

  get hangs(): boolean {
    return this.#queue.nowUs < this.#hangsUntilUs;
  }

  /** Calls `end` when it is done. */
  take(end: () => void): void {
    const run = (): void => {
      if (!this.#underWay.has(run)) return;
      if (this.hangs) {
        this.#queue.at(this.#hangsUntilUs + this.#durationUs(), run);
        return;
      }
      this.#underWay.delete(run);
      end();
    };
    this.#underWay.add(run);
    this.#queue.after(this.#durationUs(), run);
  }

  /** Nothing ends before so long. */
  hang(durationUs: number): void {
    this.#hangsUntilUs = Math.max(this.#hangsUntilUs, this.#queue.nowUs + durationUs);
  }

  /** As fast as it was; what hung in it is done soon. */
  heal(): void {
    this.slowness = 1;
    this.#hangsUntilUs = 0;
    for (const run of this.#underWay) this.#queue.after(this.#durationUs(), run);
  }

  #durationUs(): number {
    return (this.#timing.diskUs + this.#stream.exponential(this.#timing.diskJitterUs)) * this.slowness;
  }
}
