/** The program that loads Conclave through its SDK: takes a `LoadOrder` as its argument, prints a `Measurement`. */
import type { Load, Measurement } from './load.ts';
import { measureClosedLoop } from './loads/closed-loop.ts';
import { measureGap } from './loads/gap-load.ts';
import { measureIdleSessions, measureWaiters } from './loads/idle-sessions.ts';
import { measureWatch } from './loads/watch-load.ts';
import { type Processes, ProcessorTime } from './processor-time.ts';

export interface LoadOrder {
  readonly load: Load;
  readonly endpoints: readonly string[];
  /** Of the nodes, whose processor time is measured with that of the load. */
  readonly processes: Processes;
}

/** What ships, as the compiler wrote it, like the nodes. */
const builtClient = new URL('../../dist/client/index.js', import.meta.url).href;

const { connect } = (await import(builtClient)) as typeof import('../../src/client/index.ts');
const { load, endpoints, processes } = JSON.parse(process.argv[2] ?? '') as LoadOrder;
const processorTime = new ProcessorTime({ load: process.pid, ...processes });
// Idle sessions have streams of their own.
const hasOwnStreams = load.scenario === 'sessions' || load.scenario === 'waiters';
const clients = hasOwnStreams ? 0 : load.connections;
const connections = await Promise.all(Array.from({ length: clients }, () => connect({ endpoints })));
try {
  process.stdout.write(`${JSON.stringify(await measure())}\n`);
} finally {
  await Promise.all(connections.map((connection) => connection.close()));
}

function measure(): Promise<Measurement> {
  if (load.scenario === 'sessions') return measureIdleSessions(load, endpoints, processorTime);
  if (load.scenario === 'waiters') return measureWaiters(load, endpoints, processorTime);
  const [first] = connections;
  if (first === undefined) throw new RangeError('a load needs a connection');
  switch (load.scenario) {
    case 'watch':
      return measureWatch(load, connections, processorTime);
    case 'gap':
      return measureGap(load, first);
    default:
      return measureClosedLoop(load, connections, processorTime);
  }
}
