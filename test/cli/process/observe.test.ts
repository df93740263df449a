import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Client, connect, type Lock } from '../../../src/client/index.ts';
import { NodesInProcess } from '../../server/nodes.ts';
import { entryPoint, type RunningCommand, startCli, startProgram, waitFor } from '../support.ts';

let nodes: NodesInProcess;
let endpoints: string;
let client: Client;
/** Held for as long as the tests run. */
let lock: Lock;

beforeAll(async () => {
  nodes = await NodesInProcess.prepare(3);
  await nodes.startAll();
  await nodes.leader();
  const addresses = [...nodes.running.values()].map(({ address }) => address);
  endpoints = addresses.join(',');
  client = await connect({ endpoints: addresses, session: { name: 'worker' }, timeoutMs: 20_000 });
  lock = await client.lock('jobs/1', { note: 'on h1', timeoutMs: 20_000 });
}, 60_000);

afterAll(async () => {
  await client?.close();
  await nodes?.dispose();
});

function start(...words: string[]): RunningCommand {
  return startCli(words, { environment: { CONCLAVE_ENDPOINTS: endpoints } });
}

/** Of a command that is to succeed. */
async function output(...words: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await start(...words).finished;
  expect([exitCode, stderr]).toEqual([0, '']);
  return stdout;
}

function objectsIn(text: string): Record<string, unknown>[] {
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

test('locks, sessions, watches: who has what, and for how long', async () => {
  const watch = await client.watch({ prefix: 'config/' });
  const [locks, sessions, watches, hash] = await Promise.all([
    output('locks', 'jobs/', '--json'),
    output('sessions'),
    output('watches', '--timeout', '10s', '--json'),
    output('hash', '--json'),
  ]);
  await watch[Symbol.asyncDispose]();
  expect(objectsIn(watches)).toMatchObject([{ kind: 'keys', from: 'config/', to: 'config0', lagging: false }]);
  expect(objectsIn(locks)).toMatchObject([{ name: 'jobs/1', holderCount: 1, waiterCount: 0, delay: null }]);
  const [holder] = (objectsIn(locks)[0]?.['holders'] ?? []) as unknown[];
  expect(holder).toMatchObject({
    token: lock.token,
    sessionName: 'worker',
    note: 'on h1',
    remainingMs: expect.any(Number),
  });
  expect(sessions).toMatch(new RegExp(`^SESSION\\t.*\\n(?:.*\\n)*${client.session.id}\\tworker\\t10s\\t\\d`));
  // What has the same log has the same state.
  expect(objectsIn(hash)).toMatchObject([{ same: true, slot: expect.any(Number) }]);
});

test('status --watch: again and again, until TERM; on a terminal in the same place', async () => {
  const command = `'${process.execPath}' '${entryPoint}' status --watch --interval 50ms --timeout 10s`;
  const environment = { CONCLAVE_ENDPOINTS: endpoints, NO_COLOR: '1' };
  const drawing = startProgram('script', ['-qec', command, '/dev/null'], { environment, stdin: '' });
  const watching = start('status', '--watch', '--interval', '50ms', '--timeout', '10s', '--json');
  const lines = await waitFor('three looks', () => {
    const seen = objectsIn(watching.stdout());
    return seen.length >= 3 && seen;
  });
  await waitFor('a second drawing', () => drawing.stdout().split('\u001b[H').length > 2);
  drawing.signal('SIGTERM');
  await drawing.finished;
  expect(drawing.stdout().split('\u001b[2J')).toHaveLength(2);
  expect(drawing.stdout()).toMatch(/MEMBER +STATE +ADDRESS/);
  watching.signal('SIGTERM');
  expect((await watching.finished).exitCode).toBe(143);
  const { leader, members } = lines.at(-1) as { leader: string; members: Record<string, unknown>[] };
  for (const { id, vitals, roundTrip } of members) {
    expect(vitals).toMatchObject({ appends: { medianMs: expect.any(Number) }, diskFreeBytes: expect.any(Number) });
    if (id !== leader) expect(roundTrip).toMatchObject({ medianMs: expect.any(Number) });
  }
});

test('events and log --follow: everything that happens, until INT', async () => {
  const watching = start('events', '--json');
  const following = start('log', '--follow', '--limit', '1', '--node', 'n3', '--json');
  await waitFor('the start', () => watching.stderr().startsWith('events from') && following.stdout() !== '');
  await client.put('seen', 'one');
  await client.counter('orders').next();
  await (await client.lock('briefly')).release();
  await client.delete('seen');
  const former = (await nodes.leader()).id;
  await output('leader', 'transfer');
  const events = await waitFor('another leader, and the last change', () => {
    const seen = objectsIn(watching.stdout());
    return seen.some(({ previous }) => previous === former) && seen.some(({ type }) => type === 'delete') && seen;
  });
  await waitFor('the last change, and the new ballot, in the log', () =>
    ['"kind":"delete"', '"kind":"openBallot"'].every((text) => following.stdout().includes(text)),
  );
  for (const command of [watching, following]) command.signal('SIGINT');
  expect([(await watching.finished).exitCode, (await following.finished).exitCode]).toEqual([130, 130]);
  const told = events.filter(({ revision, type }) => revision !== undefined && type !== 'session');
  expect(told.map((event) => [event['type'], event['key'] ?? event['name']].join(' '))).toEqual([
    'put seen',
    'counter orders',
    'lock briefly',
    'lock briefly',
    'delete seen',
  ]);
  const kinds = objectsIn(following.stdout()).flatMap(({ operations }) => operations as Record<string, unknown>[]);
  expect(kinds.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(['put', 'counterAdd', 'lockAcquire', 'lockRelease', 'delete', 'openBallot']),
  );
});

test('events of what is not remembered any more begin with the oldest that is', async () => {
  const { revision } = await client.put('forgotten', 'one');
  await client.put('forgotten', 'two');
  await client.compact(revision);
  const watching = start('events', '--from', '1', '--json');
  await waitFor('the change that is remembered', () => watching.stdout().includes('"key":"forgotten"'));
  watching.signal('SIGINT');
  const { exitCode, stdout, stderr } = await watching.finished;
  expect(exitCode).toBe(130);
  expect(stderr).toMatch(/^what was before revision \d+ is not remembered\nevents from \d+\n$/);
  expect(objectsIn(stdout).filter(({ key }) => key === 'forgotten')).toMatchObject([{ value: 'two' }]);
});

test('check: what it finds, and an exit code that fits', async () => {
  // How long things take on this machine is nothing to rely on, nor is its room.
  const measured = new Set(['reads', 'round-trip', 'fsync', 'commit', 'event-loop', 'disk', 'clock-rate', 'lag']);
  const { exitCode, stdout } = await start('check', '--timeout', '10s', '--json').finished;
  const { verdict, findings } = JSON.parse(stdout) as { verdict: string; findings: { check: string; level: string }[] };
  expect(exitCode).toBe({ ok: 0, warning: 1, critical: 2 }[verdict]);
  const certain = findings.filter(({ check }) => !measured.has(check));
  expect(certain.map(({ check, level }) => `${check} ${level}`)).toEqual([
    ...['leader ok', 'members ok', 'tolerance ok', 'state ok', 'versions ok', 'quota ok'],
    ...['configuration ok', 'clock-offset ok'],
  ]);
  expect(new Set(findings.map(({ check }) => check))).toContain('round-trip');
});
