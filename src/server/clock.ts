import { uptime } from 'node:os';
import { ClockReader } from '../wire/clock-reader.ts';

/** Of this machine. */
export function systemClock(): ClockReader {
  return new ClockReader({
    monotonicMs: () => performance.now(),
    wallMs: () => Date.now(),
    uptimeMs: () => uptime() * 1000,
  });
}
