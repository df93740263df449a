import { access, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Machine } from '../../../src/machine/machine.ts';
import { originSlot } from '../../../src/paxos/record.ts';
import { readIdentity } from '../../../src/storage/identity.ts';
import { LevelCheckpoints } from '../../../src/storage/level-checkpoints.ts';
import { expectKind, TestMachine } from '../../machine/harness.ts';
import { World } from '../fake-context.ts';
import { backupFile, machineWithAll, temporaryDirectory } from './snapshots.ts';

let directory: string;
let file: string;

beforeEach(async () => {
  directory = await temporaryDirectory();
  file = await backupFile(directory);
});

afterEach(() => rm(directory, { recursive: true, force: true }));

async function restore(...words: string[]): Promise<[number, World]> {
  const world = new World();
  return [await world.run('snapshot', 'restore', file, ...words), world];
}

async function restored(...words: string[]) {
  const [exitCode, { stdout, stderr }] = await restore(...words, '--json');
  expect([exitCode, stderr.text]).toEqual([0, '']);
  return JSON.parse(stdout.text);
}

const data = (id: string): string => path.join(directory, id);

/** As a node reads it that starts there. */
async function stateIn(id: string): Promise<TestMachine> {
  const store = new LevelCheckpoints(data(id));
  await store.open();
  const [manifest] = await store.list();
  const machine = new Machine({ checksum: crc32 });
  const reader = machine.snapshotReader();
  for await (const chunk of store.read(originSlot)) reader.take(chunk);
  await store.close();
  expect(machine.install(originSlot, manifest?.hash ?? '', reader)).toBe(true);
  machine.verify();
  return new TestMachine(machine);
}

describe('the directory of a member', () => {
  test('holds keys and counters, at a revision of its own, and says where it came from', async () => {
    const beforeMs = Date.now();
    const report = await restored('--data', data('n1'), '--node', 'n1', '--raise-counters', '1000');
    expect(report).toMatchObject({
      file,
      raisedCountersBy: '1000',
      keys: 2,
      counters: 2,
      dropped: { ephemeralKeys: 1, sessions: 1, locks: 1 },
      backup: { clusterId: 'the-old-cluster', revision: machineWithAll().revision, stale: false },
      members: [{ id: 'n1', data: data('n1') }],
    });
    expect(report.revision).toBeGreaterThanOrEqual(beforeMs * 1_000);
    expect(report.revision).toBeLessThanOrEqual(Date.now() * 1_000);
    expect(await readIdentity(data('n1'))).toMatchObject({
      nodeId: 'n1',
      origin: { digest: report.state, revision: report.revision },
    });
    expect((await readdir(data('n1'))).sort()).toEqual(['checkpoint', 'identity.json']);
    const machine = await stateIn('n1');
    expect(machine.revision).toBe(report.revision);
    const read = { kind: 'counterGet', name: 'orders', consistency: 'stale' } as const;
    expect(expectKind(machine.read(read), 'counterValue').value).toBe(1041n);
  });

  test('has the same state as that of every other member that is restored to the same revision', async () => {
    const first = await restored('--data', data('n1'), '--node', 'n1');
    const second = await restored('--data', data('n2'), '--node', 'n2', '--revision', String(first.revision));
    expect(second.state).toBe(first.state);
    const [one, other] = await Promise.all([readIdentity(data('n1')), readIdentity(data('n2'))]);
    expect(one?.origin).toEqual(other?.origin);
    expect(one?.incarnation).not.toBe(other?.incarnation);
    const third = await restored('--data', data('n3'), '--node', 'n3');
    expect(third.state).not.toBe(first.state);
  });

  test('begins no lower than --min-revision', async () => {
    const least = 2 ** 51;
    expect(await restored('--data', data('n1'), '--node', 'n1', '--min-revision', String(least))).toMatchObject({
      revision: least,
    });
  });

  test('is made in one that is there, if it is empty', async () => {
    await mkdir(data('n1'));
    await restored('--data', data('n1'), '--node', 'n1');
  });

  test('is in order to those who look, before its first start', async () => {
    const { state, revision } = await restored('--data', data('n1'), '--node', 'n1');
    const world = new World();
    expect(await world.run('inspect', data('n1'))).toBe(0);
    expect(world.stdout.text).toContain(
      `\nidentity\trestored\tto state ${state.slice(0, 16)} at revision ${revision}, from cluster the-old-cluster, slot `,
    );
    expect(world.stdout.text).toMatch(/\nstart\tcheckpoint\tA start would begin with the checkpoint of slot 1, /);
  });

  test('tells people what to do next', async () => {
    const [, { stdout }] = await restore('--data', data('n1'), '--node', 'n1', '--raise-counters', '5');
    expect(stdout.text).toMatch(/ {2}left out {2}1 ephemeral key, 1 session, 1 lock\n/);
    expect(stdout.text).toMatch(/with --revision \d{16} --raise-counters 5, then start all of them\.\n$/);
  });
});

describe('all members of a local cluster', () => {
  test('are made at once, to be started with up', async () => {
    const report = await restored('--local', data('c'), '--nodes', '5', '--base-port', '9701');
    expect(report.members.map(({ id }: { readonly id: string }) => id)).toEqual(['n1', 'n2', 'n3', 'n4', 'n5']);
    expect(JSON.parse(await readFile(path.join(data('c'), 'cluster.json'), 'utf8'))).toMatchObject({
      basePort: 9701,
      nodes: 5,
    });
    const digests = await Promise.all(
      report.members.map(
        async (member: { readonly data: string }) => (await readIdentity(member.data))?.origin?.digest,
      ),
    );
    expect(new Set(digests)).toEqual(new Set([report.state]));
  });

  test('are not made where there is a cluster', async () => {
    await restored('--local', data('c'));
    const before = await readFile(path.join(data('c'), 'n1', 'data', 'identity.json'), 'utf8');
    const [exitCode, { stderr }] = await restore('--local', data('c'));
    expect(exitCode).toBe(1);
    expect(stderr.text).toMatch(/^error DIRECTORY_NOT_EMPTY: there is a cluster in /);
    expect(await readFile(path.join(data('c'), 'n1', 'data', 'identity.json'), 'utf8')).toBe(before);
  });

  test('nor where something is that looks like a member', async () => {
    await mkdir(path.join(data('c'), 'n2'), { recursive: true });
    const [exitCode, { stderr }] = await restore('--local', data('c'));
    expect(exitCode).toBe(1);
    expect(stderr.text).toMatch(/^error UNKNOWN_DIRECTORY: /);
    expect(await readdir(data('c'))).toEqual(['n2']);
  });
});

describe('nothing is made', () => {
  /** Of so many chunks that it takes a while. */
  async function longBackup(): Promise<string> {
    const machine = new TestMachine();
    const session = machine.open();
    for (let index = 0; index < 400; index++) session.put(`key/${index}`, 'x'.repeat(1_000));
    return await backupFile(directory, machine);
  }

  test('by one that is interrupted while it reads', async () => {
    const world = new World();
    const words = ['--data', data('n1'), '--node', 'n1'];
    const restoring = world.run('snapshot', 'restore', await longBackup(), ...words);
    await vi.waitFor(() => expect(world.signals.listenerCount('SIGTERM')).toBe(1), { interval: 1 });
    world.signals.emit('SIGTERM', 'SIGTERM');
    expect(await restoring).toBe(143);
    await nothingIn('n1');
  });

  test('by one that is interrupted when it has made the first member', async () => {
    const world = new World();
    const restoring = world.run('snapshot', 'restore', await longBackup(), '--local', data('c'), '--nodes', '5');
    const first = path.join(data('c'), 'n1', 'data', 'identity.json');
    await vi.waitFor(() => access(first), { interval: 1, timeout: 10_000 });
    world.signals.emit('SIGINT', 'SIGINT');
    expect(await restoring).toBe(130);
    expect(await readdir(data('c'))).toEqual([]);
  });

  const nothingIn = async (id: string): Promise<void> => {
    await expect(access(data(id))).rejects.toMatchObject({ code: 'ENOENT' });
  };

  test('of a backup without its end leaves no progress on the line of the error', async () => {
    const bytes = await readFile(file);
    await writeFile(file, bytes.subarray(0, bytes.length - 8));
    const world = new World({ onTerminal: true });
    expect(await world.run('snapshot', 'restore', file, '--data', data('n1'), '--node', 'n1')).toBe(1);
    expect(world.stderr.text).toContain('reading');
    const [progress = '', error] = world.stderr.text.split('error BACKUP_DAMAGED: ');
    expect(error).toBeDefined();
    expect(progress.endsWith('\r\u001b[K')).toBe(true);
  });

  test('of a damaged backup, whichever byte it is', async () => {
    const bytes = await readFile(file);
    for (let at = 0; at < bytes.length; at += 499) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] as number) ^ 1;
      await writeFile(file, damaged);
      const [exitCode, { stderr }] = await restore('--data', data('n1'), '--node', 'n1');
      expect([at, exitCode]).toEqual([at, 1]);
      expect(stderr.text).toMatch(/^error (?:BACKUP_DAMAGED|NOT_A_BACKUP): /);
      await nothingIn('n1');
    }
  });

  test('of one that is cut', async () => {
    await writeFile(file, (await readFile(file)).subarray(0, 4_000));
    expect((await restore('--data', data('n1'), '--node', 'n1'))[0]).toBe(1);
    await nothingIn('n1');
  });

  test('with a revision that tokens of the backup may have had', async () => {
    const { revision } = machineWithAll();
    const [exitCode, { stderr }] = await restore('--data', data('n1'), '--node', 'n1', '--revision', String(revision));
    expect(exitCode).toBe(64);
    expect(stderr.text).toContain(`--revision ${revision} is not above that of the backup, which is ${revision}`);
    await nothingIn('n1');
    await restored('--data', data('n1'), '--node', 'n1', '--revision', String(revision + 1));
  });

  test('if a counter would leave its range', async () => {
    const most = String(2n ** 63n - 42n);
    expect((await restore('--data', data('n1'), '--node', 'n1', '--raise-counters', most))[0]).toBe(0);
    const more = String(2n ** 63n - 41n);
    const [exitCode, { stderr }] = await restore('--data', data('n2'), '--node', 'n2', '--raise-counters', more);
    expect(exitCode).toBe(1);
    expect(stderr.text).toMatch(/^error COUNTER_OVERFLOW: .+ the counter orders would leave 64 bits\n/);
    await nothingIn('n2');
  });

  test('in a directory that has something in it', async () => {
    await restored('--data', data('n1'), '--node', 'n1');
    const before = await readFile(path.join(data('n1'), 'identity.json'), 'utf8');
    const [exitCode, { stderr }] = await restore('--data', data('n1'), '--node', 'n1');
    expect(exitCode).toBe(1);
    expect(stderr.text).toMatch(/^error DIRECTORY_NOT_EMPTY: /);
    expect(await readFile(path.join(data('n1'), 'identity.json'), 'utf8')).toBe(before);
  });
});
