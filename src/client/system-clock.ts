import { uptime } from 'node:os';
import { ClockReader, type Instant } from '../wire/clock-reader.ts';

/** No timer of Node is longer. */
export const timerLimitMs = 2 ** 31 - 1;

/** One for all clients of the process, since the time since boot costs a file read. */
const reader = new ClockReader({
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  uptimeMs: () => uptime() * 1000,
});

/** Both clocks of this machine. */
export const systemClock = {
  monotonicMs(): number {
    return performance.now();
  },

  now(): Instant {
    return reader.read();
  },
} as const;
