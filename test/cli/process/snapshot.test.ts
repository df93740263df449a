import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Client, type ConclaveError, connect, type Lock } from '../../../src/client/index.ts';
import { codeBlocks } from '../../docs/readme.ts';
import { entryPoint, startCli, startProgram, temporaryDirectory, UpCluster, waitFor } from '../support.ts';

let directory: string;
let old: UpCluster;
/** Connected to the old cluster, with a lock, an ephemeral key and a watch. */
let oldClient: Client;
let oldLock: Lock;
let file: string;

/** The number that each writer was acknowledged last. */
const acknowledged = new Map<string, number>();
/** As they were before the save was begun. */
let before: ReadonlyMap<string, number>;
let ordersBefore: bigint;

beforeAll(async () => {
  directory = await temporaryDirectory();
  file = path.join(directory, 'backup.snapshot');
  old = await UpCluster.start({ directory: path.join(directory, 'old') });
  oldClient = await connect({ endpoints: old.ready.endpoints, session: { ttlMs: 20_000, name: 'of old' } });
  oldLock = await oldClient.lock('jobs/nightly');
  await oldClient.put('workers/a', 'up', { ephemeral: true });
  await saveUnderLoad();
}, 120_000);

afterAll(async () => {
  await oldClient?.close().catch(() => undefined);
  await old?.stop();
  await rm(directory, { recursive: true, force: true });
});

/** On every node writers go on without a pause while the snapshot is saved. */
async function saveUnderLoad(): Promise<void> {
  let enough = false;
  const clients = await Promise.all(old.ready.endpoints.map((endpoint) => connect({ endpoints: [endpoint] })));
  const writing = clients.map(async (client, index) => {
    const key = `load/${index}`;
    for (let number = 1; !enough; number++) {
      await client.put(key, String(number));
      acknowledged.set(key, number);
    }
  });
  await waitFor(
    'some writes',
    () => acknowledged.size === 3 && [...acknowledged.values()].every((count) => count > 20),
  );
  ordersBefore = await oldClient.counter('orders').next();
  before = new Map(acknowledged);
  const saved = await old.run(['snapshot', 'save', file]);
  enough = true;
  await Promise.all(writing);
  await Promise.all(clients.map((client) => client.close()));
  expect([saved.exitCode, saved.stderr]).toEqual([0, '']);
  expect(saved.stdout).toMatch(/^saved .+: slot \d+, revision \d+, .+, from n[123]\n$/);
}

describe('of a running cluster under load', () => {
  test('a snapshot is whole', async () => {
    const { exitCode, stdout } = await startCli(['snapshot', 'status', file, '--json']).finished;
    expect(exitCode).toBe(0);
    const { clusterId } = old.ready;
    expect(JSON.parse(stdout)).toMatchObject({ status: 'ok', clusterId, locks: 1, ephemeralKeys: 1, counters: 1 });
  });

  test('one that is damaged is refused, and nothing is made of it', async () => {
    const bytes = await readFile(file);
    const damaged = path.join(directory, 'damaged');
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] as number) ^ 4;
    await writeFile(damaged, bytes);
    const into = path.join(directory, 'never');
    for (const words of [
      ['status', damaged],
      ['restore', damaged, '--local', into],
    ]) {
      const { exitCode, stderr } = await startCli(['snapshot', ...words]).finished;
      expect([words, exitCode]).toEqual([words, 1]);
      expect(stderr).toMatch(/^error BACKUP_DAMAGED: /);
    }
    await expect(access(into)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('the directories of the old cluster are not restored into', async () => {
    const { exitCode, stderr } = await old.run(['snapshot', 'restore', file, '--local', old.directory]);
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/^error DIRECTORY_IN_USE: /)]);
    const data = old.member('n1').dataDir;
    const member = await old.run(['snapshot', 'restore', file, '--data', data, '--node', 'n1']);
    expect([member.exitCode, member.stderr]).toEqual([1, expect.stringMatching(/^error DIRECTORY_NOT_EMPTY: /)]);
  });

  test('the commands of the README do what they say', async () => {
    const [commands = ''] = codeBlocks('sh snapshot');
    const script = commands.replaceAll('conclave ', `"${process.execPath}" "$CONCLAVE" `).replaceAll(/#.*$/gm, '');
    expect(script).toMatch(/save[\s\S]+status[\s\S]+restore/);
    const place = path.join(directory, 'readme');
    await mkdir(place);
    const environment = { CONCLAVE: entryPoint, CONCLAVE_ENDPOINTS: old.endpoints };
    const { exitCode, stderr } = await startProgram('sh', ['-eu', '-c', script], { cwd: place, environment }).finished;
    expect([exitCode, stderr]).toEqual([0, '']);
    await access(path.join(place, 'restored', 'n3', 'data', 'identity.json'));
  });
});

test('the restored cluster goes on above everything that the old one gave out, and clients of the old one are told', async () => {
  const restored = path.join(directory, 'restored');
  const words = ['snapshot', 'restore', file, '--local', restored, '--base-port', String(old.basePort)];
  const { exitCode, stdout } = await startCli([...words, '--raise-counters', '1000', '--json']).finished;
  expect(exitCode).toBe(0);
  const { revision } = JSON.parse(stdout) as { readonly revision: number };
  old.up.signal('SIGTERM');
  await old.up.finished;

  const cluster = await UpCluster.start({ directory: restored, basePort: old.basePort });
  try {
    expect(cluster.ready.clusterId).not.toBe(old.ready.clusterId);
    await using client = await connect({ endpoints: cluster.ready.endpoints });

    for (const [key, number] of before) {
      const value = Number((await client.get(key))?.text());
      expect(value).toBeGreaterThanOrEqual(number);
      expect(value).toBeLessThanOrEqual(acknowledged.get(key) ?? 0);
    }
    expect(await client.counter('orders').next()).toBe(ordersBefore + 1001n);

    expect(await client.get('workers/a')).toBeUndefined();
    const lock = await client.tryLock('jobs/nightly');
    expect(lock?.token).toBeGreaterThan(revision);
    expect(oldLock.token).toBeLessThan(revision);
    const sessions = await client.sessions.list();
    expect(sessions.sessions.map(({ name }) => name)).not.toContain('of old');

    const resume = oldClient.session.credentials ?? '';
    expect(resume).not.toBe('');
    const resuming = connect({ endpoints: cluster.ready.endpoints, session: { resume } });
    await expect(resuming).rejects.toMatchObject({ code: 'SESSION_EXPIRED' });

    const failure = await oldClient.get('load/0').catch((error: ConclaveError) => error);
    expect(failure).toMatchObject({ code: 'CLUSTER_CHANGED' });
    await waitFor('the old lock to be lost', () => !oldLock.held);
    const watching = oldClient.watch('load/0', { fromRevision: 1 }).catch((error: ConclaveError) => error);
    expect(await watching).toMatchObject({ code: 'CLUSTER_CHANGED' });
  } finally {
    await cluster.stop();
  }
}, 120_000);
