import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

const resolutionMs = 20;
const windowMs = 10_000;

export interface EventLoopDelay {
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** How late the event loop of this process is: in the last whole window, or since the start. */
export class EventLoopWatch {
  readonly #histogram: IntervalHistogram = monitorEventLoopDelay({ resolution: resolutionMs });
  #window: EventLoopDelay | undefined;
  #timer: NodeJS.Timeout | undefined;

  start(): void {
    this.#histogram.enable();
    this.#timer = setInterval(() => {
      this.#window = this.#sinceReset();
      this.#histogram.reset();
    }, windowMs);
    this.#timer.unref();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#histogram.disable();
  }

  delay(): EventLoopDelay {
    return this.#window ?? this.#sinceReset();
  }

  #sinceReset(): EventLoopDelay {
    return { p99Ms: late(this.#histogram.percentile(99)), maxMs: late(this.#histogram.max) };
  }
}

/** What is measured is the time from one timer to the next, which includes what it was set to. */
function late(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e6 - resolutionMs);
}
