import type { Client } from '../../../src/client/index.ts';
import { Latencies, measurementOf } from '../latencies.ts';
import { keyOf, type Load, type Measurement, type ScenarioName } from '../load.ts';
import type { ProcessorTime } from '../processor-time.ts';

type ClosedLoop = Exclude<ScenarioName, 'watch' | 'gap' | 'sessions' | 'waiters'>;

/** `client` numbers the closed loops, `sequence` the operations of all. */
type Operation = (connection: Client, client: number, sequence: number) => Promise<unknown>;

const readKey = 'load/read';

export async function measureClosedLoop(
  load: Load,
  connections: readonly Client[],
  processorTime: ProcessorTime,
): Promise<Measurement> {
  const value = 'v'.repeat(load.valueBytes);
  const operations: Record<ClosedLoop, Operation> = {
    put: (connection, _client, sequence) => connection.put(keyOf(sequence), value),
    get: (connection) => connection.get(readKey),
    lock: (connection, client) => takeLock(connection, `load/lock/${client}`),
    'hot-lock': (connection) => takeLock(connection, 'load/lock'),
  };
  const operation = operations[load.scenario as ClosedLoop];
  if (load.scenario === 'get') await connections[0]?.put(readKey, value);

  const latencies = new Latencies();
  const measureFromMs = performance.now() + load.warmUpMs;
  const endMs = measureFromMs + load.measureMs;
  let sequence = 0;
  let measured = 0;
  const loops = Array.from({ length: load.clients }, async (_, client) => {
    const connection = connections[client % connections.length] as Client;
    while (measured < (load.operations ?? Number.POSITIVE_INFINITY)) {
      const beginMs = performance.now();
      if (beginMs >= endMs) return;
      if (beginMs >= measureFromMs) {
        if (measured === 0) processorTime.restart();
        measured += 1;
      }
      sequence += 1;
      await operation(connection, client, sequence);
      if (beginMs >= measureFromMs) latencies.add(performance.now() - beginMs);
    }
  });
  await Promise.all(loops);
  return measurementOf(load, latencies, performance.now() - measureFromMs, { processorTime });
}

async function takeLock(connection: Client, name: string): Promise<void> {
  const lock = await connection.lock(name);
  await lock.release();
}
