import type { Client } from '../../../src/client/index.ts';
import { measuringLine } from '../clusters/run-program.ts';
import { Latencies, measurementOf } from '../latencies.ts';
import type { Load, Measurement } from '../load.ts';

/** One writer, one put at a time, while somebody kills the leader: for how long does none succeed? */
export async function measureGap(load: Load, connection: Client): Promise<Measurement> {
  const value = 'v'.repeat(load.valueBytes);
  const latencies = new Latencies();
  const measureFromMs = performance.now() + load.warmUpMs;
  const endMs = measureFromMs + load.measureMs;
  let lastMs = performance.now();
  let longestGapMs = 0;
  let isMeasuring = false;
  while (lastMs < endMs) {
    const beginMs = performance.now();
    await connection.put('load/gap', value);
    const nowMs = performance.now();
    if (beginMs >= measureFromMs) {
      if (!isMeasuring) process.stderr.write(`${measuringLine}\n`);
      isMeasuring = true;
      latencies.add(nowMs - beginMs);
      longestGapMs = Math.max(longestGapMs, nowMs - lastMs);
    }
    lastMs = nowMs;
  }
  return measurementOf(load, latencies, performance.now() - measureFromMs, { longestGapMs });
}
