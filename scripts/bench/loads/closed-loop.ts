import { type Client, op } from '../../../src/client/index.ts';
import { keyOf, type Load, type Measurement, type ScenarioName } from '../load.ts';
import type { ProcessorTime } from '../processor-time.ts';
import { runClosedLoops } from './run-closed-loops.ts';

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
  const nextKey = load.keys === undefined ? (sequence: number) => sequence : randomBelow(load.keys);
  const operations: Record<ClosedLoop, Operation> = {
    put: (connection, _client, sequence) => connection.put(keyOf(nextKey(sequence)), value),
    get: (connection) => connection.get(readKey),
    lock: (connection, client) => takeLock(connection, `load/lock/${client}`),
    'hot-lock': (connection) => takeLock(connection, 'load/lock'),
  };
  const operation = operations[load.scenario as ClosedLoop];
  if (load.scenario === 'get') await connections[0]?.put(readKey, value);
  await fill(load, connections, value);

  const operate = (client: number, sequence: number): Promise<unknown> =>
    operation(connections[client % connections.length] as Client, client, sequence);
  return await runClosedLoops(load, operate, processorTime);
}

/** Puts in one transaction: filling is not what is measured. */
const putsPerTransaction = 200;

async function fill({ keys = 0 }: Load, connections: readonly Client[], value: string): Promise<void> {
  let next = 0;
  const run = async (connection: Client): Promise<void> => {
    while (next < keys) {
      const first = next;
      next = Math.min(keys, first + putsPerTransaction);
      const puts = Array.from({ length: next - first }, (_, index) => op.put(keyOf(first + index), value));
      await connection.txn({ if: [], then: puts }, { timeoutMs: 60_000 });
    }
  };
  await Promise.all(connections.map(run));
}

/** The same numbers in each run. */
function randomBelow(limit: number): () => number {
  let state = 1;
  return () => {
    state = (state * 48_271) % 0x7fff_ffff;
    return state % limit;
  };
}

async function takeLock(connection: Client, name: string): Promise<void> {
  const lock = await connection.lock(name);
  await lock.release();
}
