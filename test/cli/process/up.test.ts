import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { graceMs } from '../../../src/cli/local-cluster/supervisor.ts';
import { freeBasePort, isRunning, startCli, temporaryDirectory, UpCluster, waitFor } from '../support.ts';

const stopLimitMs = 3_000;

async function untilGone(pids: readonly number[]): Promise<void> {
  await waitFor(`processes ${pids} to end`, async () => !(await Promise.all(pids.map(isRunning))).includes(true));
}

describe('a local cluster', () => {
  let cluster: UpCluster;

  beforeAll(async () => {
    cluster = await UpCluster.start();
  });

  afterAll(async () => {
    await cluster.stop();
  });

  test('says where it is, once it serves', async () => {
    const { ready, basePort, directory, up } = cluster;
    expect(ready.clusterId).not.toBe('');
    expect(ready.endpoints).toEqual([0, 1, 2].map((index) => `127.0.0.1:${basePort + index}`));
    expect(ready.members).toEqual(
      [0, 1, 2].map((index) => ({
        id: `n${index + 1}`,
        pid: expect.any(Number),
        address: `127.0.0.1:${basePort + index}`,
        http: `127.0.0.1:${basePort + 80 + index}`,
        dataDir: path.join(directory, `n${index + 1}`, 'data'),
      })),
    );
    for (const { dataDir } of ready.members) expect(existsSync(dataDir)).toBe(true);
    expect(up.stdout().split('\n')).toHaveLength(2);
    expect(up.stderr()).toBe('');
    expect(await readFile(path.join(directory, 'n1', 'node.log'), 'utf8')).toContain('n1');
  });

  test('is what status shows', async () => {
    const { stdout, exitCode } = await cluster.run(['status', '--json']);
    expect(exitCode).toBe(0);
    const status = JSON.parse(stdout);
    expect(status).toMatchObject({ clusterId: cluster.ready.clusterId, failureTolerance: 1 });
    expect(['n1', 'n2', 'n3']).toContain(status.leader);
    expect(status.members.map(({ id, pid, address }: Record<string, unknown>) => ({ id, pid, address }))).toEqual(
      cluster.ready.members.map(({ id, pid, address }) => ({ id, pid, address })),
    );
    for (const member of status.members) {
      expect(member.state).toBe(member.id === status.leader ? 'leader' : 'follower');
      const { replaces, alarm, lastError, roundTrip, ...told } = member;
      expect([replaces, alarm]).toEqual([null, null]);
      expect(roundTrip === null).toBe(member.id === status.leader);
      expect(Object.values(told)).not.toContain(null);
    }
  });

  test('is alone in its directory and on its ports', async () => {
    const { directory, basePort, up } = cluster;
    const base = String(await freeBasePort());
    const sameDirectory = await startCli(['up', '--data-dir', directory, '--base-port', base]).finished;
    expect(sameDirectory.exitCode).toBe(1);
    expect(sameDirectory.stderr).toContain(
      `error DIRECTORY_IN_USE: the cluster in ${directory} is run by process ${up.pid}`,
    );
    const other = await temporaryDirectory();
    const samePorts = await startCli(['up', '--data-dir', other, '--base-port', String(basePort)]).finished;
    await rm(other, { recursive: true });
    expect(samePorts.exitCode).toBe(1);
    expect(samePorts.stderr).toContain(
      `error PORT_IN_USE: port ${basePort} is taken by process ${cluster.pidOf('n1')}: `,
    );
    expect(samePorts.stderr).toContain('--base-port');
  });

  test('starts a node again that has died, and says so once', async () => {
    const before = cluster.pidOf('n2');
    cluster.kill('n2');
    await waitFor('the restart', () => cluster.pidOf('n2') !== before);
    expect(cluster.events().slice(1)).toEqual([
      { event: 'exited', id: 'n2', pid: before, code: null, signal: 'SIGKILL', error: null, restartInMs: 1_000 },
      { event: 'restarted', id: 'n2', pid: cluster.pidOf('n2') },
    ]);
    // Standard output and standard error are two pipes: nothing orders what comes out of one against the other.
    const told = `conclave: n2, process ${before}, was ended by SIGKILL; it is started again in 1s\n`;
    await waitFor('the warning', () => cluster.up.stderr().length >= told.length);
    expect(cluster.up.stderr()).toBe(told);
    await waitFor('three members to answer', async () => {
      return JSON.parse((await cluster.run(['status', '--json'])).stdout).failureTolerance === 1;
    });
  });

  test('is not stopped by INT to its nodes, as Ctrl-C sends it to all, but all of it by INT to up', async () => {
    const pids = ['n1', 'n2', 'n3'].map((id) => cluster.pidOf(id));
    for (const id of ['n1', 'n2', 'n3']) cluster.kill(id, 'SIGINT');
    expect((await cluster.run(['status'])).exitCode).toBe(0);
    const startedMs = performance.now();
    cluster.up.signal('SIGINT');
    cluster.up.signal('SIGINT');
    expect((await cluster.up.finished).exitCode).toBe(0);
    expect(performance.now() - startedMs).toBeLessThan(stopLimitMs);
    await untilGone(pids);
    expect(cluster.events().filter(({ event }) => event === 'exited')).toHaveLength(1);
    expect(existsSync(path.join(cluster.directory, 'up.json'))).toBe(false);
  });
});

test('kill -9 of up leaves no orphan, and the next one finds its cluster again; --fresh begins anew', async () => {
  const first = await UpCluster.start();
  const pids = first.ready.members.map(({ pid }) => pid);
  first.up.signal('SIGKILL');
  const { directory, basePort } = first;
  const second = await UpCluster.start({ directory, basePort, words: ['--no-restart'] });
  expect(second.ready.clusterId).toBe(first.ready.clusterId);
  await untilGone(pids);

  const dead = second.pidOf('n3');
  second.kill('n3');
  await waitFor('the event', () => second.events().length > 1);
  expect(second.events()[1]).toMatchObject({ event: 'exited', id: 'n3', pid: dead, restartInMs: null });
  const told = `n3, process ${dead}, was ended by SIGKILL; it stays down (--no-restart)\n`;
  await waitFor('the warning', () => second.up.stderr().includes(told));
  second.up.signal('SIGTERM');
  expect((await second.up.finished).exitCode).toBe(0);

  const third = await UpCluster.start({ directory, basePort, words: ['--fresh'] });
  expect(third.ready.clusterId).not.toBe(first.ready.clusterId);
  await third.stop();
});

test('a node that cannot start is told with its error and its log, and nothing is left running', async () => {
  const cluster = await UpCluster.start({ words: ['--nodes', '1'] });
  cluster.up.signal('SIGTERM');
  await cluster.up.finished;
  await writeFile(path.join(cluster.member('n1').dataDir, 'identity.json'), '{ nonsense');
  const failed = await startCli(['up', '--data-dir', cluster.directory]).finished;
  expect(failed.exitCode).toBe(1);
  expect(failed.stdout).toBe('');
  expect(failed.stderr).toMatch(/^error IDENTITY_DAMAGED: n1: /);
  expect(failed.stderr).toContain(`the last lines of ${path.join(cluster.directory, 'n1', 'node.log')}:\n`);
  await rm(cluster.directory, { recursive: true });
});

test('without --json it is told in words, the first of which is ready', async () => {
  const directory = await temporaryDirectory();
  const basePort = await freeBasePort();
  const up = startCli(['up', '--nodes', '1', '--data-dir', directory, '--base-port', String(basePort)]);
  await waitFor('the last line', () => up.stdout().includes('Ctrl-C'));
  up.signal('SIGHUP');
  const { stdout, stderr, exitCode } = await up.finished;
  expect([stderr, exitCode]).toEqual(['', 0]);
  expect(stdout).toMatch(new RegExp(`^ready 127\\.0\\.0\\.1:${basePort}\n`));
  expect(stdout).toMatch(/^ {2}n1 {2}process \d+ /m);
  expect(stdout.match(/main\.js (?:put|get|lock) .+/g)).toHaveLength(3);
  await rm(directory, { recursive: true });
});

test('a node that stands still does not keep up from ending in time', async () => {
  const cluster = await UpCluster.start({ words: ['--nodes', '1'] });
  cluster.kill('n1', 'SIGSTOP');
  const startedMs = performance.now();
  await cluster.stop();
  expect(performance.now() - startedMs).toBeLessThan(graceMs + stopLimitMs);
  expect(await isRunning(cluster.pidOf('n1'))).toBe(false);
});
