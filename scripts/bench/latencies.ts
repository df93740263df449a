/** Latencies of one run, kept whole: percentiles are exact. */
export class Latencies {
  #values: Float64Array;
  #count = 0;

  constructor(capacity: number) {
    this.#values = new Float64Array(Math.max(16, capacity));
  }

  get count(): number {
    return this.#count;
  }

  add(latencyMs: number): void {
    if (this.#count === this.#values.length) {
      const larger = new Float64Array(this.#values.length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#count] = latencyMs;
    this.#count += 1;
  }

  /** `quantiles` in 0..1; 1 is the maximum. Zero where nothing was measured. */
  quantiles(quantiles: readonly number[]): readonly number[] {
    const sorted = this.#values.slice(0, this.#count).sort();
    return quantiles.map((quantile) => sorted[Math.floor(quantile * (this.#count - 1))] ?? 0);
  }
}

export interface Measurement {
  readonly scenario: string;
  readonly clients: number;
  readonly connections: number;
  readonly ops: number;
  readonly value_size: number;
  readonly seconds: number;
  readonly ops_per_s: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
  readonly max_ms: number;
}

export function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
