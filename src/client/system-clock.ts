import os from 'node:os';
import type { Instant } from './core/clock.ts';

/** No timer of Node is longer. */
export const timerLimitMs = 2 ** 31 - 1;

/** The time since boot costs a system call: within this much of monotonic time one reading serves. */
const uptimeAgeMs = 2;

/** Of the time since boot; one for all clients of the process. */
let reading: Instant = { monotonicMs: Number.NEGATIVE_INFINITY, uptimeMs: 0 };

/** Both clocks of this machine. */
export class SystemClock {
  monotonicMs(): number {
    return performance.now();
  }

  now(): Instant {
    const monotonicMs = performance.now();
    if (monotonicMs - reading.monotonicMs > uptimeAgeMs) return readClocks(monotonicMs);
    return { monotonicMs, uptimeMs: reading.uptimeMs + monotonicMs - reading.monotonicMs };
  }

  /** With both clocks really read: for what a program is told about its locks. */
  exactNow(): Instant {
    return readClocks(performance.now());
  }
}

function readClocks(monotonicMs: number): Instant {
  reading = { monotonicMs, uptimeMs: os.uptime() * 1000 };
  return reading;
}
