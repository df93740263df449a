import { Latencies, measurementOf } from '../latencies.ts';
import type { Load, Measurement } from '../load.ts';
import type { ProcessorTime } from '../processor-time.ts';
import { Seconds } from '../seconds.ts';

/** As many loops as the load has clients, numbered from 0; `sequence` numbers the operations of all. */
export async function runClosedLoops(
  load: Load,
  operate: (client: number, sequence: number) => Promise<unknown>,
  processorTime?: ProcessorTime,
): Promise<Measurement> {
  const latencies = new Latencies();
  const seconds = new Seconds();
  const measureFromMs = performance.now() + load.warmUpMs;
  const endMs = measureFromMs + load.measureMs;
  let sequence = 0;
  let measured = 0;
  const loops = Array.from({ length: load.clients }, async (_, client) => {
    while (measured < (load.operations ?? Number.POSITIVE_INFINITY)) {
      const beginMs = performance.now();
      if (beginMs >= endMs) return;
      if (beginMs >= measureFromMs) {
        if (measured === 0) processorTime?.restart();
        measured += 1;
      }
      sequence += 1;
      await operate(client, sequence);
      const nowMs = performance.now();
      if (beginMs >= measureFromMs) latencies.add(nowMs - beginMs);
      seconds.count(nowMs - measureFromMs);
    }
  });
  await Promise.all(loops);
  const slowestSecond = seconds.slowestToMedian();
  const elapsedMs = performance.now() - measureFromMs;
  return measurementOf(load, latencies, elapsedMs, { slowestSecond, ...(processorTime && { processorTime }) });
}
