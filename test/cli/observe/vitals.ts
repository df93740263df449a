import type { VitalsReading } from '../../../src/cli/observe/vitals-reading.ts';
import type { NodeVitals } from '../../../src/rpc/inspection-client.ts';

const durations = { count: 10, medianMs: 0.5, p99Ms: 2, maxMs: 3 };

/** Of a node that is well. */
export function soundVitals(more: Partial<NodeVitals> = {}): NodeVitals {
  return {
    wallClockMs: 1_700_000_000_000,
    monotonicMs: 5_000,
    residentMemoryBytes: 80 * 2 ** 20,
    heapUsedBytes: 20 * 2 ** 20,
    eventLoopDelayP99Ms: 1,
    eventLoopDelayMaxMs: 4,
    appends: durations,
    commits: durations,
    roundTrips: [],
    diskFreeBytes: 50 * 2 ** 30,
    diskNeededBytes: 2 ** 28,
    journaledBytes: 3 * 2 ** 20,
    leaseMs: 200,
    clockDriftPermille: 100,
    settings: [
      { name: 'heartbeatMs', value: '50' },
      { name: 'silenceMsLow', value: '600' },
    ],
    ...more,
  };
}

/** Asked after so many milliseconds, and answered in two. */
export function readingAt(elapsedMs: number, more: Partial<NodeVitals> = {}): VitalsReading {
  const vitals = soundVitals({ wallClockMs: 1_700_000_000_000 + elapsedMs, monotonicMs: 5_000 + elapsedMs, ...more });
  return { vitals, atMonotonicMs: 100 + elapsedMs, atWallClockMs: 1_700_000_000_000 + elapsedMs, roundTripMs: 2 };
}
