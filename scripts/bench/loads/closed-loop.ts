import { type Client, connect } from '../../src/client/index.ts';
import { Latencies, type Measurement, round } from './latency.ts';

export interface Load {
  readonly scenario: ScenarioName;
  readonly endpoints: readonly string[];
  readonly clients: number;
  readonly connections: number;
  readonly ops: number;
  readonly valueSize: number;
  readonly warmUpMs: number;
}

export const scenarioNames = ['put', 'get', 'lock', 'watch'] as const;
export type ScenarioName = (typeof scenarioNames)[number];

/** One closed-loop client: the next operation starts when the last one is answered. */
type Operation = (client: Client, index: number) => Promise<unknown>;

/** Keys of 8 bytes, as the peer's loader has them. */
function keyOf(index: number): string {
  return `k${String(index).padStart(7, '0')}`;
}

export async function measure(load: Load): Promise<Measurement> {
  const clients = await Promise.all(
    Array.from({ length: load.connections }, () => connect({ endpoints: load.endpoints })),
  );
  try {
    return load.scenario === 'watch' ? await measureWatch(load, clients) : await measureLoop(load, clients);
  } finally {
    await Promise.all(clients.map((client) => client.close()));
  }
}

async function measureLoop(load: Load, connections: readonly Client[]): Promise<Measurement> {
  const value = 'v'.repeat(load.valueSize);
  const operations: Record<Exclude<ScenarioName, 'watch'>, Operation> = {
    put: (client, index) => client.put(keyOf(index), value),
    get: (client, index) => client.get(keyOf(index)),
    lock: async (client, index) => {
      const lock = await client.lock(`bench/${index}`);
      await lock.release();
    },
  };
  const operation = operations[load.scenario as Exclude<ScenarioName, 'watch'>];
  if (load.scenario === 'get') {
    for (let index = 0; index < load.clients; index += 1) await at(connections, index).put(keyOf(index), value);
  }
  const warmUntilMs = performance.now() + load.warmUpMs;
  await closedLoop(load, connections, operation, () => performance.now() < warmUntilMs);

  const latencies = new Latencies(load.ops);
  let started = 0;
  const startMs = performance.now();
  await closedLoop(
    load,
    connections,
    async (client, index) => {
      const beginMs = performance.now();
      await operation(client, index);
      latencies.add(performance.now() - beginMs);
    },
    () => started++ < load.ops,
  );
  return report(load, latencies, latencies.count, (performance.now() - startMs) / 1000);
}

async function closedLoop(
  load: Load,
  connections: readonly Client[],
  operation: Operation,
  more: () => boolean,
): Promise<void> {
  const loops = Array.from({ length: load.clients }, async (_, index) => {
    const client = at(connections, index);
    while (more()) await operation(client, index);
  });
  await Promise.all(loops);
}

/** One writer puts, one at a time; every watcher must see every put. `ops` counts puts, ops_per_s events delivered. */
async function measureWatch(load: Load, connections: readonly Client[]): Promise<Measurement> {
  const key = keyOf(0);
  const writer = at(connections, 0);
  const filler = 'v'.repeat(Math.max(0, load.valueSize - 24));
  const latencies = new Latencies(load.ops * load.clients);
  const controller = new AbortController();
  let delivered = 0;
  let measuring = false;
  let allDelivered = (): void => undefined;
  const watchers = Array.from({ length: load.clients }, async (_, index) => {
    const watch = await at(connections, index).watch(key, { signal: controller.signal });
    const seen = async (): Promise<void> => {
      for await (const batch of watch) {
        for (const event of batch.events) {
          if (!measuring || event.type !== 'put') continue;
          latencies.add(performance.now() - Number.parseFloat(event.entry.text()));
          delivered += 1;
          if (delivered === load.ops * load.clients) allDelivered();
        }
      }
    };
    // In an object: a bare promise would be waited for by the one that returns it.
    return { loop: seen() };
  });
  const loops = (await Promise.all(watchers)).map(({ loop }) => loop);
  const put = () => writer.put(key, `${performance.now().toFixed(6)} ${filler}`);
  const warmUntilMs = performance.now() + load.warmUpMs;
  while (performance.now() < warmUntilMs) await put();
  await quiet();
  measuring = true;
  const finished = new Promise<void>((resolve) => {
    allDelivered = resolve;
  });
  const startMs = performance.now();
  for (let count = 0; count < load.ops; count += 1) await put();
  await finished;
  const seconds = (performance.now() - startMs) / 1000;
  controller.abort();
  await Promise.allSettled(loops);
  return report(load, latencies, delivered, seconds);
}

/** Lets what the warm-up wrote reach the watchers, so that it is not counted. */
function quiet(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 500));
}

function at(connections: readonly Client[], index: number): Client {
  const client = connections[index % connections.length];
  if (client === undefined) throw new Error('no connection');
  return client;
}

function report(load: Load, latencies: Latencies, count: number, seconds: number): Measurement {
  const [p50 = 0, p99 = 0, max = 0] = latencies.quantiles([0.5, 0.99, 1]);
  return {
    scenario: load.scenario,
    clients: load.clients,
    connections: load.connections,
    ops: load.ops,
    value_size: load.valueSize,
    seconds: round(seconds),
    ops_per_s: Math.round(count / seconds),
    p50_ms: round(p50),
    p99_ms: round(p99),
    max_ms: round(max),
  };
}
