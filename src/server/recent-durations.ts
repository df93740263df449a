import type { Durations } from '../rpc/inspection-definition.ts';

/** The newest durations of something that happens again and again. */
export class RecentDurations {
  readonly #ring: Float64Array;
  #added = 0;

  /** So many are kept. */
  constructor(capacity: number) {
    this.#ring = new Float64Array(capacity);
  }

  add(durationMs: number): void {
    this.#ring[this.#added % this.#ring.length] = durationMs;
    this.#added += 1;
  }

  summary(): Durations {
    const sorted = this.#ring.slice(0, Math.min(this.#added, this.#ring.length)).sort();
    const count = sorted.length;
    const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * count) - 1)] ?? 0;
    return { count, medianMs: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
  }
}
