import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningCommand, UpCluster, waitFor } from '../support.ts';

let cluster: UpCluster;
/** Holds the lock `jobs/1` for as long as the tests run. */
let holding: RunningCommand;

beforeAll(async () => {
  cluster = await UpCluster.start();
  const words = ['lock', 'jobs/1', '--json', '--', process.execPath, '-e', 'setInterval(() => undefined, 1000)'];
  holding = cluster.start(words);
  await waitFor('the lock to be held', () => holding.stderr().includes('acquired'));
});

afterAll(async () => {
  holding?.signal('SIGTERM');
  await holding?.finished;
  await cluster?.stop();
});

/** Of a command that is to succeed. */
async function output(...words: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await cluster.run(words);
  expect([exitCode, stderr]).toEqual([0, '']);
  return stdout;
}

async function objects(...words: string[]): Promise<readonly Record<string, unknown>[]> {
  return objectsIn(await output(...words, '--json'));
}

function objectsIn(text: string): Record<string, unknown>[] {
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

test('locks: who holds them, and for how long', async () => {
  const [lock] = await objects('locks', 'jobs/');
  expect(lock).toMatchObject({ name: 'jobs/1', holderCount: 1, waiterCount: 0, delay: null });
  expect(lock?.['holders']).toMatchObject([{ mode: 'exclusive', remainingMs: expect.any(Number) }]);
  expect(await output('locks')).toMatch(/^LOCK\tMODE\t.*\njobs\/1\texclusive\t\d+\t/);
});

test('sessions: whose they are, and what they have', async () => {
  const holders = (await objects('sessions')).filter(({ held }) => held === 1);
  expect(holders).toMatchObject([{ waiting: 0, generation: 1, remainingMs: expect.any(Number) }]);
  expect(await output('sessions')).toMatch(/^SESSION\tNAME\t/);
});

test('status --watch: again and again, until TERM', async () => {
  const watching = cluster.start(['status', '--watch', '--interval', '50ms', '--json']);
  const lines = await waitFor('three looks', () => {
    const seen = objectsIn(watching.stdout());
    return seen.length >= 3 && seen;
  });
  watching.signal('SIGTERM');
  expect((await watching.finished).exitCode).toBe(143);
  const { leader, members } = lines.at(-1) as { leader: string; members: Record<string, unknown>[] };
  for (const { id, vitals, roundTrip } of members) {
    expect(vitals).toMatchObject({ appends: { medianMs: expect.any(Number) }, diskFreeBytes: expect.any(Number) });
    if (id !== leader) expect(roundTrip).toMatchObject({ medianMs: expect.any(Number) });
  }
});

test('hash: the states are the same', async () => {
  const [comparison] = await objects('hash');
  expect(comparison).toMatchObject({ same: true, slot: expect.any(Number) });
  expect(await output('hash')).toMatch(/\nthe states after slot \d+ are the same\n$/);
});

test('events: everything that happens, in the order of revisions, until INT', async () => {
  const watching = cluster.start(['events', '--json']);
  await waitFor('the start', () => watching.stderr().startsWith('events from'));
  await cluster.run(['put', 'seen', 'one']);
  await cluster.run(['counter', 'next', 'orders']);
  await cluster.run(['lock', 'briefly', '--', 'true']);
  await cluster.run(['del', 'seen']);
  const { leader } = JSON.parse(await output('member', 'list', '--json')) as { leader: string };
  const next = leader === 'n1' ? 'n2' : 'n1';
  await cluster.run(['leader', 'transfer', next]);
  const seen = await waitFor('the next leader, and the last change', () => {
    const events = objectsIn(watching.stdout());
    return events.some((event) => event['leader'] === next) && events.some(({ type }) => type === 'delete') && events;
  });
  watching.signal('SIGINT');
  expect((await watching.finished).exitCode).toBe(130);
  const [elected, happened] = [seen.filter(({ type }) => type === 'leader'), seen.filter(({ revision }) => revision)];
  expect(elected.at(-1)).toMatchObject({ leader: next });
  const revisions = happened.map(({ revision }) => revision as number);
  expect(revisions).toEqual([...revisions].sort((a, b) => a - b));
  const told = happened.map((event) => [event['type'], event['change'] ?? event['key'] ?? event['name']].join(' '));
  expect(told.filter((text) => !text.startsWith('session'))).toEqual([
    'put seen',
    'counter orders',
    'lock briefly',
    'lock briefly',
    'delete seen',
  ]);
  expect(told.filter((text) => text.startsWith('session')).slice(0, 2)).toEqual(['session opened', 'session closed']);
});

test('check: what it finds, and an exit code that fits', async () => {
  // How long things take on this machine is nothing to rely on, nor is its room.
  const measured = new Set(['reads', 'round-trip', 'fsync', 'commit', 'event-loop', 'disk', 'clock-rate', 'lag']);
  const { exitCode, stdout } = await cluster.run(['check', '--json']);
  const { verdict, findings } = JSON.parse(stdout) as { verdict: string; findings: { check: string; level: string }[] };
  expect(exitCode).toBe({ ok: 0, warning: 1, critical: 2 }[verdict]);
  const certain = findings.filter(({ check }) => !measured.has(check));
  expect(certain.map(({ check, level }) => `${check} ${level}`)).toEqual([
    ...['leader ok', 'members ok', 'tolerance ok', 'state ok', 'versions ok', 'quota ok'],
    ...['configuration ok', 'clock-offset ok'],
  ]);
  expect(new Set(findings.map(({ check }) => check))).toContain('round-trip');
});
