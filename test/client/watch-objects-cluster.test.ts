import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Client, CounterEvent, LockEvent, SessionEvent, Watch, WatchBatch } from '../../src/client/index.ts';
import { TestCluster } from '../../src/testing/cluster/test-cluster.ts';

let cluster: TestCluster;
let client: Client;
let other: Client;

beforeAll(async () => {
  cluster = await TestCluster.start({ nodes: 1 });
  client = await cluster.connect();
  other = await cluster.connect({ session: { name: 'other', ttlMs: 5_000 } });
}, 30_000);

afterAll(() => cluster?.close());

async function take<Event>(watch: Watch<Event>, count: number): Promise<WatchBatch<Event>[]> {
  const batches: WatchBatch<Event>[] = [];
  for await (const batch of watch) {
    batches.push(batch);
    if (batches.length === count) break;
  }
  return batches;
}

/** `session token note +waiting` for each state of the lock. */
const textOf = ({ holders, waiterCount }: LockEvent): string =>
  [...holders.map(({ session, token, noteText }) => `${session} ${token} ${noteText}`), `+${waiterCount}`].join(' ');

test('a lock is told with its holder, what that says, and how many wait, the present state first', async () => {
  const watch: Watch<LockEvent> = await client.watchLock('jobs', { initial: true });
  const first = await client.lock('jobs', { note: 'a' });
  const waiting = other.lock('jobs', { note: 'b' });
  const told = take(watch, 6);
  const present = async () => (await take(await client.watchLock('jobs', { initial: true }), 1))[0]?.events[0];
  await expect.poll(async () => (await present())?.waiterCount).toBe(1);
  await first.setNote('c');
  await first.release();
  const second = await waiting;
  await second.release();
  const batches = await told;
  expect(batches[0]).toEqual({
    revision: watch.startRevision - 1,
    events: [{ type: 'lock', name: 'jobs', holders: [], holderCount: 0, waiterCount: 0, delay: undefined }],
    initial: true,
  });
  const [one, two] = [client.session.id, other.session.id];
  expect(batches.flatMap((batch) => batch.events.map(textOf))).toEqual([
    '+0',
    `${one} ${first.token} a +0`,
    `${one} ${first.token} a +1`,
    `${one} ${first.token} c +1`,
    `${two} ${second.token} b +0`,
    '+0',
  ]);
  expect(batches.slice(1).every(({ initial }) => initial === undefined)).toBe(true);
  expect(batches[1]?.revision).toBe(first.token);
  expect(batches[4]?.revision).toBe(second.token);
});

test('counters of a prefix, from a revision of the past', async () => {
  const { revision } = await client.put('mark', '');
  await client.counter('c/a').nextBlock(3);
  await client.counter('d').next();
  await client.counter('c/b').next();
  const watch: Watch<CounterEvent> = await client.watchCounter({ prefix: 'c/' }, { fromRevision: revision });
  const events = (await take(watch, 2)).flatMap((batch) => batch.events);
  expect(events).toEqual([
    { type: 'counter', name: 'c/a', value: 3n, previous: 0n },
    { type: 'counter', name: 'c/b', value: 1n, previous: 0n },
  ]);
  const [present] = await take(await client.watchCounter('c/a', { initial: true }), 1);
  expect(present).toMatchObject({ events: [{ name: 'c/a', value: 3n, previous: 3n }], initial: true });
});

test('sessions are told as they come and go, all of them or one', async () => {
  const all = await client.watchSessions();
  const third = await cluster.connect({ session: { name: 'third', ttlMs: 5_000 } });
  await third.put('mark', '');
  const { id } = third.session;
  const own: Watch<SessionEvent> = await client.watchSessions({ id, fromRevision: all.startRevision });
  await third.close();
  const expected = [
    { type: 'opened', id, name: 'third', ttlMs: 5_000 },
    { type: 'closed', id, name: 'third', ttlMs: 5_000 },
  ];
  for (const watch of [all, own]) {
    const batches = await take(watch, 2);
    expect(batches.flatMap(({ events }) => events)).toEqual(expected);
    expect(String(batches[0]?.revision)).toBe(id);
  }
});

test('a watch on keys is told what it asks for', async () => {
  const { revision } = await client.put('k', 'first');
  const options = { fromRevision: revision + 1 };
  await client.put('k', 'second');
  await client.delete('k');
  const plain = await take(await client.watch('k', options), 2);
  expect(plain.flatMap(({ events }) => events.map(({ type, previous }) => [type, previous?.text()]))).toEqual([
    ['put', 'first'],
    ['delete', 'second'],
  ]);
  const [deletion] = await take(await client.watch('k', { ...options, events: 'delete', previous: false }), 1);
  expect(deletion?.events).toEqual([{ type: 'delete', key: 'k', previous: undefined }]);
  const [put] = await take(await client.watch('k', { ...options, keysOnly: true }), 1);
  expect(put?.events[0]).toMatchObject({ type: 'put', entry: { version: 2, value: new Uint8Array(0) } });
  expect(put?.events[0]?.previous?.value).toHaveLength(0);
});

test('progress is told to those who ask, and says that nothing before it is missing', async () => {
  const watch = await client.watch('quiet', { progress: true });
  const { revision } = await client.put('noise', '');
  for await (const batch of watch) {
    expect(batch.events).toEqual([]);
    if (batch.revision >= revision) break;
  }
  const loud = await client.watchCounter('loud', { progress: true, initial: true });
  const value = await client.counter('loud').next();
  const batches = await take(loud, 3);
  expect(batches.map(({ events }) => events.map((event) => event.value))).toEqual([[0n], [value], []]);
}, 20_000);
