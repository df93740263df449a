import type { Load, Measurement } from './load.ts';
import type { ProcessorTime } from './processor-time.ts';

/** Latencies of one run, kept whole: percentiles are exact. */
export class Latencies {
  #values = new Float64Array(1 << 16);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  clear(): void {
    this.#count = 0;
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

interface OtherFigures {
  readonly longestGapMs?: number;
  readonly processorTime?: ProcessorTime;
  /** To the median one. */
  readonly slowestSecond?: number | undefined;
}

export function measurementOf(
  load: Load,
  latencies: Latencies,
  elapsedMs: number,
  { longestGapMs = 0, processorTime, slowestSecond }: OtherFigures = {},
): Measurement {
  const [p50 = 0, p99 = 0, max = 0] = latencies.quantiles([0.5, 0.99, 1]);
  return {
    scenario: load.scenario,
    clients: load.clients,
    connections: load.connections,
    value_size: load.valueBytes,
    ops: latencies.count,
    seconds: round(elapsedMs / 1000),
    ops_per_s: Math.round((latencies.count * 1000) / elapsedMs),
    p50_ms: round(p50),
    p99_ms: round(p99),
    max_ms: round(max),
    longest_gap_ms: round(longestGapMs),
    ...(slowestSecond === undefined ? {} : { slowest_second: round(slowestSecond) }),
    ...(processorTime === undefined
      ? {}
      : {
          cpu_us_per_op: processorTime.perOperationUs(latencies.count),
          cpu_percent: processorTime.percentOfCore(elapsedMs),
        }),
  };
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
