import os from 'node:os';
import type { Instant } from './core/clock.ts';

/** The time since boot costs a system call: within this much of monotonic time one reading serves. */
const uptimeAgeMs = 2;

/** Both clocks of this machine. */
export class SystemClock {
  #uptimeMs = 0;
  #uptimeReadMs = Number.NEGATIVE_INFINITY;

  monotonicMs(): number {
    return performance.now();
  }

  now(): Instant {
    const monotonicMs = performance.now();
    if (monotonicMs - this.#uptimeReadMs > uptimeAgeMs) return this.#read(monotonicMs);
    return { monotonicMs, uptimeMs: this.#uptimeMs + monotonicMs - this.#uptimeReadMs };
  }

  /** With both clocks really read: for what a program is told about its locks. */
  exactNow(): Instant {
    return this.#read(performance.now());
  }

  #read(monotonicMs: number): Instant {
    this.#uptimeMs = os.uptime() * 1000;
    this.#uptimeReadMs = monotonicMs;
    return { monotonicMs, uptimeMs: this.#uptimeMs };
  }
}
