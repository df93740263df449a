/**
 * Both clocks, read after the input's bytes were received; one reading may serve a batch of inputs. They never go back.
 * `monotonicMs` stands still while the machine is suspended, `uptimeMs` does not: their difference shows a suspension.
 */
export interface Instant {
  readonly monotonicMs: number;
  readonly uptimeMs: number;
}

export interface ClockSources {
  /** Stands still while the machine is suspended. */
  readonly monotonicMs: () => number;
  /** Goes on while the machine is suspended; can be set. */
  readonly wallMs: () => number;
  /** Goes on while the machine is suspended; cannot be set. Costs a file read on Linux, and has steps of 10 ms. */
  readonly uptimeMs: () => number;
}

/** Between two true readings of the time since boot, it is taken to run like the monotonic clock. */
const refreshMs = 10;
/** If the wall clock has moved by so much more or less than the monotonic one, the machine may have been suspended: look. */
const wallDriftMs = 5;

/**
 * Both clocks of the machine, as replicas and clients want them: neither goes back. A suspension shows in the very first reading
 * after it, although the time since boot is not read at each: the wall clock, which is cheap, gives it away. Should somebody
 * set the wall clock back by just as much, it shows 10 ms later.
 */
export class ClockReader {
  readonly #sources: ClockSources;
  #last: Instant = { monotonicMs: Number.NEGATIVE_INFINITY, uptimeMs: 0 };
  /** All three as they were at the last true reading. */
  #read = { monotonicMs: Number.NEGATIVE_INFINITY, wallMs: 0, uptimeMs: 0 };

  constructor(sources: ClockSources) {
    this.#sources = sources;
  }

  read(): Instant {
    const { monotonicMs: now, wallMs: wall, uptimeMs: sinceBoot } = this.#sources;
    const monotonicMs = Math.max(this.#last.monotonicMs, now());
    const wallMs = wall();
    const elapsedMs = monotonicMs - this.#read.monotonicMs;
    const wallElapsedMs = wallMs - this.#read.wallMs;
    if (elapsedMs >= refreshMs || Math.abs(wallElapsedMs - elapsedMs) >= wallDriftMs) {
      this.#read = { monotonicMs, wallMs, uptimeMs: sinceBoot() };
    }
    const uptimeMs = this.#read.uptimeMs + (monotonicMs - this.#read.monotonicMs);
    this.#last = { monotonicMs, uptimeMs: Math.max(this.#last.uptimeMs, uptimeMs) };
    return this.#last;
  }
}
