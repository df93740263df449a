/** The program that loads etcd through the npm package etcd3: takes a `NpmEtcd3Order` as its argument, prints a `Measurement`. */
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Load } from './load.ts';
import { runClosedLoops } from './loads/run-closed-loops.ts';

export interface NpmEtcd3Order {
  readonly load: Load;
  readonly endpoints: readonly string[];
  /** Where the package is installed. */
  readonly directory: string;
}

/** As much of it as is used here. */
interface Etcd3 {
  lock(name: string): { acquire(): Promise<{ release(): Promise<void> }> };
  close(): void;
}

const { load, endpoints, directory } = JSON.parse(process.argv[2] ?? '') as NpmEtcd3Order;
const { Etcd3 } = createRequire(path.join(directory, 'index.js'))('etcd3') as {
  Etcd3: new (options: { hosts: readonly string[] }) => Etcd3;
};
if (load.scenario !== 'lock') throw new RangeError('only locks are taken by npm etcd3');
const connections = Array.from({ length: load.connections }, () => new Etcd3({ hosts: endpoints }));
const measurement = await runClosedLoops(load, async (client) => {
  const lock = await (connections[client % connections.length] as Etcd3).lock(`load/lock/${client}`).acquire();
  await lock.release();
});
for (const connection of connections) connection.close();
process.stdout.write(`${JSON.stringify(measurement)}\n`);
