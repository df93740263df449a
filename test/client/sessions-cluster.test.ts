import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Client, SessionInfo } from '../../src/client/index.ts';
import { TestCluster } from '../../src/testing/cluster/test-cluster.ts';
import { rejection, until } from './support.ts';

let cluster: TestCluster;
let operator: Client;

beforeAll(async () => {
  cluster = await TestCluster.start({ proxies: false });
  operator = await cluster.connect({ session: { name: 'operator' } });
  await operator.put('a', '');
});

afterAll(() => cluster.close());

async function program(name: string, ttlMs = 60_000): Promise<Client> {
  const metadata = { version: '1.2', ['__proto__']: 'no prototype' };
  const client = await cluster.connect({ session: { name, ttlMs, metadata } });
  await client.put(`live/${name}`, '', { ephemeral: true });
  return client;
}

test('sessions are listed in the order of their opening, page by page, and show what they hold', async () => {
  const clients = [await program('first'), await program('second', 5_000), await program('third')];
  const ids = clients.map(({ session }) => session.id);
  const lock = await clients[0]?.lock('l');
  const waiting = clients[1]?.lock('l');
  await until(() => clients[1]?.session.id !== '');
  await clients[1]?.put('asked', '');
  const after = operator.session.id;
  const whole = await operator.sessions.list({ after, consistency: 'linearizable' });
  expect(whole.more).toBe(false);
  // A client that changes nodes while it opens its session leaves another one behind, which expires.
  const own = whole.sessions.filter(({ id }) => ids.includes(id));
  expect(own.map(({ id }) => id)).toEqual(ids);
  expect(own).toMatchObject([
    { name: 'first', ttlMs: 60_000, generation: 1, ephemeralKeys: 1, locks: [{ name: 'l', token: lock?.token }] },
    { name: 'second', ttlMs: 5_000, locks: [], waitingFor: ['l'], truncated: false },
    { name: 'third', locks: [], waitingFor: [] },
  ]);
  expect(Object.entries(own[0]?.metadata ?? {})).toEqual([
    ['version', '1.2'],
    ['__proto__', 'no prototype'],
  ]);
  const paged: SessionInfo[] = [];
  for (let more = true; more; ) {
    const page = await operator.sessions.list({ after: paged.at(-1)?.id ?? after, limit: 1 });
    expect(page.sessions).toHaveLength(1);
    paged.push(...page.sessions);
    more = page.more;
  }
  expect(paged).toEqual(whole.sessions);
  expect(await operator.sessions.get(ids[2] ?? '')).toEqual(own[2]);
  await lock?.release();
  await (await waiting)?.release();
  await clients[2]?.close();
  expect(await operator.sessions.get(ids[2] ?? '')).toBeUndefined();
});

test('nobody is shown the secret', async () => {
  const client = await program('secretive');
  const [, , secret = ''] = client.session.credentials?.split('.') ?? [];
  expect(secret).toMatch(/^[0-9a-f]{32}$/);
  const shown = JSON.stringify([await operator.sessions.get(client.session.id), await operator.sessions.list()]);
  expect(shown).toContain('secretive');
  expect(shown).not.toContain(secret);
});

test('an operator closes a session: what it owned is gone at once, and its client is told', async () => {
  const client = await program('doomed', 5_000);
  const { id, signal } = client.session;
  const lock = await client.lock('doomed');
  const next = operator.lock('doomed');
  const { closed, revision } = await operator.sessions.close(id);
  expect(closed).toBe(true);
  expect(await next).toMatchObject({ token: revision });
  expect(await operator.get('live/doomed')).toBeUndefined();
  await until(() => signal.aborted);
  expect([lock.held, client.state.type]).toEqual([false, 'expired']);
  expect(await operator.sessions.close(id)).toMatchObject({ closed: false });
  expect(await rejection(operator.sessions.close(operator.session.id))).toMatchObject({
    code: 'INVALID_ARGUMENT',
    outcome: 'not-applied',
  });
  await operator.put('a', 'goes on');
});

test('a session is resumed with its locks, and the former client is cut off', async () => {
  const former = await program('resumed', 5_000);
  const held = await former.lock('mine');
  const { credentials: resume, id, signal } = former.session;
  const client = await cluster.connect({ session: { resume } });
  expect(client.session).toMatchObject({ id, state: 'active' });
  const [lock] = client.resumedLocks;
  expect(lock).toMatchObject({ name: 'mine', token: held.token, held: true });
  await client.put('by', 'the successor');
  await until(() => signal.aborted);
  expect(held.held).toBe(false);
  expect(await lock?.release()).toBe('released');
  expect(await client.sessions.get(id)).toMatchObject({ name: 'resumed', ttlMs: 5_000, generation: 2, locks: [] });
  expect(client.session.credentials).not.toBe(resume);
  expect(await rejection(cluster.connect({ session: { resume } }))).toMatchObject({ code: 'SESSION_EXPIRED' });
});

test('credentials that are wrong are refused, and those of a session that is gone only as asked', async () => {
  const former = await program('gone');
  const resume = former.session.credentials ?? '';
  const wrong = resume.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'));
  for (const onResumeFailure of ['reject', 'reopen'] as const) {
    const refused = cluster.connect({ session: { resume: wrong, onResumeFailure } });
    expect(await rejection(refused)).toMatchObject({ code: 'INVALID_CREDENTIALS', retryable: false });
  }
  await former.close();
  expect(await rejection(cluster.connect({ session: { resume } }))).toMatchObject({ code: 'SESSION_EXPIRED' });
  const client = await cluster.connect({ session: { resume, onResumeFailure: 'reopen' } });
  expect(client.resumedLocks).toEqual([]);
  expect(client.session.credentials).toBeUndefined();
  await client.put('a', 'in a session of its own');
  expect(client.session.id).not.toBe(former.session.id);
});
