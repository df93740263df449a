import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { portOwner } from '../../server/port-owner.ts';
import { CommandFailure } from '../failure.ts';
import { highestBasePort, type LocalCluster, portsOf } from './layout.ts';

interface TakenPort {
  readonly port: number;
  /** `process 4711: node server.js`, if it can be known. */
  readonly owner: string | undefined;
}

/** Nodes of a killed `up` stop by themselves; so long they may take. While one ends, its ports may have no owner any more. */
const remnantTimeoutMs = 4_000;

/** @throws CommandFailure PORT_IN_USE, naming the holders if they can be known, and what a user can do */
export async function checkPorts(cluster: LocalCluster, isNew: boolean): Promise<void> {
  const startedMs = performance.now();
  for (;;) {
    const taken = await takenPorts(portsOf(cluster));
    if (taken.length === 0) return;
    const byStrangers = taken.some(({ owner }) => owner !== undefined && !owner.includes(cluster.directory));
    if (byStrangers || performance.now() - startedMs > remnantTimeoutMs) throw portInUse(cluster, isNew, taken);
    await delay(100);
  }
}

async function takenPorts(ports: readonly number[]): Promise<TakenPort[]> {
  const taken: TakenPort[] = [];
  for (const port of ports) if (!(await isFree(port))) taken.push({ port, owner: await portOwner(port) });
  return taken;
}

/** Whether a node could listen on the port of the loopback address now. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error) => {
      if ('code' in error && error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    });
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** The ports are part of a cluster that has been made: its nodes know each other by them. */
function portInUse(cluster: LocalCluster, isNew: boolean, taken: readonly TakenPort[]): CommandFailure {
  const otherPort = cluster.basePort + 200 <= highestBasePort ? cluster.basePort + 200 : cluster.basePort - 200;
  const wayOut = isNew
    ? `stop what is there, or use other ports: --base-port ${otherPort}`
    : `stop what is there, or make a second cluster: --base-port ${otherPort} --data-dir ${cluster.directory}-${otherPort}`;
  const lines = taken.map(({ port, owner }) => `port ${port} is taken${owner === undefined ? '' : ` by ${owner}`}`);
  return new CommandFailure('PORT_IN_USE', lines[0] ?? '', {
    details: [...lines.slice(1), wayOut],
  });
}
