import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Client, ConclaveError } from '../../src/client/index.ts';
import { stripedCounter } from '../../src/recipes/striped-counter.ts';
import { TestCluster } from '../../src/testing/cluster/test-cluster.ts';
import { rejection } from '../client/support.ts';

let cluster: TestCluster;
let client: Client;

beforeAll(async () => {
  cluster = await TestCluster.start({ nodes: 1, proxies: false });
  client = await cluster.connect();
});

afterAll(() => cluster.close());

test('counts everything that many add at once, in few transactions', async () => {
  const clients = await Promise.all(Array.from({ length: 4 }, () => cluster.connect()));
  const { revision } = await client.put('before', '');
  // Fewer stripes than clients: they meet.
  const counters = clients.map((one) => stripedCounter(one, 'hits', { stripes: 2 }));
  const adding = counters.flatMap((counter) => Array.from({ length: 500 }, () => counter.add()));
  await Promise.all(adding);
  const { value, revision: after } = await stripedCounter(client, 'hits').total();
  expect(value).toBe(2_000n);
  expect(after - revision).toBeLessThan(100);
});

test('a total has what was added before it was asked for, and grows', async () => {
  const counter = stripedCounter(client, 'grows');
  expect((await counter.total()).value).toBe(0n);
  let added = 0n;
  for (const amount of [1, 40n, -5, 2n ** 70n]) {
    await counter.add(amount);
    added += BigInt(amount);
    expect((await counter.total()).value).toBe(added);
  }
});

test('a total is of one revision: what moves between stripes in one transaction is never seen half', async () => {
  const [one, other] = [stripedCounter(client, 'whole'), stripedCounter(await cluster.connect(), 'whole')];
  let adding = true;
  const loops = [one, other].map(async (counter) => {
    while (adding) await counter.add(10);
  });
  for (let round = 0; round < 30; round++) expect((await one.total()).value % 10n).toBe(0n);
  adding = false;
  await Promise.all(loops);
});

test('refuses what is no whole number, and tells an error to all who travelled together', async () => {
  const own = await cluster.connect();
  const counter = stripedCounter(own, 'refused');
  expect(await rejection(counter.add(0.5))).toMatchObject({ code: 'INVALID_ARGUMENT' });
  await own.close();
  const both = await Promise.all([rejection(counter.add()), rejection(counter.add())]);
  expect(both.map(({ code }) => code)).toEqual(['CLOSED', 'CLOSED']);
});

test('an answer that is lost is told as unknown, and counts once (DistributedAtomicLong of Curator)', async () => {
  const own = await cluster.connect();
  const counter = stripedCounter(own, 'lost');
  await counter.add(1);
  const { txn } = own;
  own.txn = (async (...call: Parameters<typeof txn>) => {
    await txn.apply(own, call);
    throw new ConclaveError('TIMEOUT', 'no answer', { outcome: 'unknown' });
  }) as typeof txn;
  expect(await rejection(counter.add(10))).toMatchObject({ outcome: 'unknown' });
  own.txn = txn;
  await counter.add(100);
  expect((await counter.total()).value).toBe(111n);
});

test('counts on beyond 32 bits, and beyond what a number holds exactly (CURATOR-688)', async () => {
  const counter = stripedCounter(client, 'large', { stripes: 2 });
  await counter.add(2n ** 31n - 1n);
  await counter.add();
  await counter.add(2n ** 64n);
  await counter.add();
  expect((await counter.total()).value).toBe(2n ** 64n + 2n ** 31n + 1n);
});
