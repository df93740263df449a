import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ClusterEvent } from '../../../src/cli/local-cluster/cluster-events.ts';
import { layOutCluster } from '../../../src/cli/local-cluster/layout.ts';
import { lastLines } from '../../../src/cli/local-cluster/node-log.ts';
import { Supervisor } from '../../../src/cli/local-cluster/supervisor.ts';
import { waitFor } from '../support.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'conclave-supervisor-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

/** A cluster whose nodes run a program of the test's. */
async function supervising(program: string, restart = true) {
  const entryPoint = path.join(directory, 'main.cjs');
  await writeFile(entryPoint, `process.on('disconnect', () => process.exit()); ${program}`);
  const cluster = layOutCluster(directory, 17_101, 3);
  const events: ClusterEvent[] = [];
  const supervisor = new Supervisor(cluster, { entryPoint, restart, onEvent: (event) => events.push(event) });
  await supervisor.startAll();
  const logOf = (index: number) => lastLines(cluster.members[index]?.logFile ?? '', 0, 10);
  return { supervisor, events, logOf };
}

const never = new AbortController().signal;

test('each node is told who it is, and where', async () => {
  const { supervisor, logOf } = await supervising("console.log(process.argv.slice(2).join(' '));");
  await waitFor('the log', () => logOf(1).length > 0);
  expect(logOf(1)).toEqual([
    `serve --supervised --id n2 --data ${path.join(directory, 'n2', 'data')} --listen 127.0.0.1:17102 --http 127.0.0.1:17182 ` +
      '--initial n1=127.0.0.1:17101,n2=127.0.0.1:17102,n3=127.0.0.1:17103',
  ]);
  await supervisor.stop(never);
});

test('a node that ends by itself is reported with its error, and tried ever less often', async () => {
  const { supervisor, events } = await supervising(
    "if (process.argv[5] === 'n2') { console.error('error DISK_FULL: no room'); process.exit(3); } setInterval(() => 0, 1000);",
  );
  await waitFor('two restarts', () => events.length >= 3);
  await supervisor.stop(never);
  const exited = { event: 'exited', id: 'n2', code: 3, signal: null, error: 'DISK_FULL: no room' };
  expect(events.slice(0, 3)).toMatchObject([
    { ...exited, restartInMs: 1_000 },
    { event: 'restarted', id: 'n2' },
    { ...exited, restartInMs: 2_000 },
  ]);
});

test('a node that was removed from the cluster is left down', async () => {
  const { supervisor, events } = await supervising(
    "if (process.argv[5] === 'n2') { console.error('error REMOVED: by n1'); process.exit(1); } setInterval(() => 0, 1000);",
  );
  await waitFor('its end', () => events.length >= 1);
  await supervisor.stop(never);
  expect(events).toMatchObject([{ event: 'exited', id: 'n2', error: 'REMOVED: by n1', restartInMs: null }]);
});

test('who asks for the end at once does not wait for nodes that do not obey', async () => {
  const { supervisor, events, logOf } = await supervising(
    "process.on('SIGTERM', () => console.log('no')); setInterval(() => 0, 1000); console.log('up');",
  );
  await waitFor('all nodes', () => [0, 1, 2].every((index) => logOf(index).length > 0));
  const kill = new AbortController();
  const stopped = supervisor.stop(kill.signal);
  await waitFor('their refusal', () => [0, 1, 2].every((index) => logOf(index).length > 1));
  expect(supervisor.pidOf('n1')).toBeDefined();
  kill.abort();
  await stopped;
  expect(supervisor.pidOf('n1')).toBeUndefined();
  expect(events).toEqual([]);
});
