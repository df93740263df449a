import type { Client } from '../../../src/client/index.ts';
import { Latencies, measurementOf } from '../latencies.ts';
import { type Load, type Measurement, sentMsOf, timedValue } from '../load.ts';
import type { ProcessorTime } from '../processor-time.ts';

const watchedKey = 'load/watch';

/** One writer puts, one at a time; every watcher must see every put. */
export async function measureWatch(
  load: Load,
  connections: readonly Client[],
  processorTime: ProcessorTime,
): Promise<Measurement> {
  const writer = connections[0] as Client;
  const latencies = new Latencies();
  const measureFromMs = performance.now() + load.warmUpMs;
  const endMs = measureFromMs + load.measureMs;
  const counts = { written: 0, delivered: 0 };
  const onEvent = (sentMs: number): void => {
    counts.delivered += 1;
    if (sentMs < measureFromMs) return;
    if (latencies.count === 0) processorTime.restart();
    latencies.add(performance.now() - sentMs);
  };
  const controller = new AbortController();
  const watchers = await Promise.all(
    Array.from({ length: load.clients }, (_, index) =>
      startWatcher(connections[index % connections.length] as Client, controller.signal, onEvent),
    ),
  );
  while (performance.now() < endMs) {
    await writer.put(watchedKey, timedValue(performance.now(), load.valueBytes));
    counts.written += 1;
  }
  while (counts.delivered < counts.written * load.clients) await new Promise((resolve) => setImmediate(resolve));
  const elapsedMs = performance.now() - measureFromMs;
  controller.abort();
  await Promise.allSettled(watchers.map(({ finished }) => finished));
  return measurementOf(load, latencies, elapsedMs, { processorTime });
}

/** Resolves when the watch is there; in an object, as a bare promise would be waited for too. */
async function startWatcher(
  connection: Client,
  signal: AbortSignal,
  onEvent: (sentMs: number) => void,
): Promise<{ readonly finished: Promise<void> }> {
  const watch = await connection.watch(watchedKey, { signal });
  const follow = async (): Promise<void> => {
    for await (const { events } of watch) {
      for (const event of events) if (event.type === 'put') onEvent(sentMsOf(event.entry.value));
    }
  };
  return { finished: follow() };
}
