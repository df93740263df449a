import { afterAll, beforeAll, describe, expect, expectTypeOf, test } from 'vitest';
import { type Client, type Condition, cond, type Entry, type Op, op } from '../../src/client/index.ts';
import { TestCluster } from '../../src/testing/cluster/test-cluster.ts';
import { rejection } from './support.ts';

let cluster: TestCluster;
let client: Client;

beforeAll(async () => {
  cluster = await TestCluster.start({ nodes: 1, proxies: false });
  client = await cluster.connect();
});

afterAll(() => cluster.close());

test('a transaction within another sees what was written before it, and its results have their types', async () => {
  await client.put('stock', '1');
  const done = await client.txn({
    if: [cond.exists('stock')],
    then: [
      op.put('stock', '0'),
      op.txn({
        if: [cond.value('stock', '=', '0'), cond.version('stock', '=', 2)],
        then: [op.put('empty', 'yes'), op.get('stock')],
        else: [op.delete('empty')],
      }),
    ],
  });
  if (!done.succeeded) throw new Error('there was stock');
  const [put, inner] = done.results;
  expect(put.revision).toBe(done.revision);
  expect(inner).toMatchObject({ succeeded: true, revision: done.revision });
  if (inner.succeeded) {
    expectTypeOf(inner.results[1]).toEqualTypeOf<Entry | undefined>();
    expect(inner.results[1]?.text()).toBe('0');
  } else {
    expectTypeOf(inner.results[0]).toEqualTypeOf<{ readonly deleted: boolean }>();
  }
  const written = await client.range({ from: 'empty', to: 'stock\0' });
  expect(written.entries.map(({ modRevision }) => modRevision)).toEqual([done.revision, done.revision]);
});

describe('conditions', () => {
  let entry: Entry;
  beforeAll(async () => {
    await client.put('c/a', 'b', { ephemeral: true });
    await client.put('c/a', 'bb', { ephemeral: true });
    await client.put('c/plain', '');
    entry = (await client.get('c/a')) as Entry;
    await client.counter('c').compareAndSet(0n, -5n);
  });

  test.each<[string, () => Condition, boolean]>([
    ['version =', () => cond.version('c/a', '=', 2), true],
    ['version >', () => cond.version('c/a', '>', 2), false],
    ['version of an absent key', () => cond.version('c/none', '<', 1), true],
    ['createRevision <', () => cond.createRevision('c/a', '<', entry.modRevision), true],
    ['createRevision =', () => cond.createRevision('c/a', '=', entry.modRevision), false],
    ['modRevision !=', () => cond.modRevision('c/a', '!=', entry.createRevision), true],
    ['modRevision =', () => cond.modRevision('c/a', '=', entry.modRevision), true],
    ['value >', () => cond.value('c/a', '>', 'b'), true],
    ['value <, by bytes', () => cond.value('c/a', '<', 'bb\0'), true],
    ['value = of an absent key', () => cond.value('c/none', '=', ''), false],
    ['value < of an absent key', () => cond.value('c/none', '<', 'x'), false],
    ['value != of an absent key', () => cond.value('c/none', '!=', ''), true],
    ['owner', () => cond.owner('c/a', client.session.id), true],
    ['owner, another one', () => cond.owner('c/a', '1234567'), false],
    ['no owner', () => cond.owner('c/plain', undefined), true],
    ['no owner, of an ephemeral key', () => cond.owner('c/a', undefined), false],
    ['counter <', () => cond.counter('c', '<', 0n), true],
    ['counter =', () => cond.counter('c', '=', 5n), false],
    ['counter that nobody has used', () => cond.counter('unused', '=', 0n), true],
    ['unchanged', () => cond.unchanged(entry), true],
  ])('%s', async (_, condition, holds) => {
    expect(await client.txn({ if: [condition()], then: [] })).toMatchObject({ succeeded: holds });
  });

  test.each<[string, () => Condition]>([
    ['a sign that is none', () => cond.version('k', '<=' as '<', 1)],
    ['a version that is none', () => cond.version('k', '=', -1)],
    ['a session without an id', () => cond.owner('k', '')],
    ['a session by its number', () => cond.owner('k', 7 as unknown as string)],
    ['a counter by a number', () => cond.counter('c', '=', 5 as unknown as bigint)],
    ['a counter past 64 bits', () => cond.counter('c', '=', 2n ** 63n)],
  ])('%s: refused before anything is sent', async (_, condition) => {
    const error = await rejection(client.txn({ if: [condition()], then: [] }));
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', outcome: 'not-applied' });
  });
});

describe('limits', () => {
  const within = (depth: number): Op<unknown> =>
    depth === 0 ? op.put('deep', 'yes') : op.txn({ if: [], then: [within(depth - 1)] });
  const many = (count: number): Op<unknown>[] => Array.from({ length: count }, () => op.get('k'));

  test('eight within each other', async () => {
    expect(await client.txn({ if: [], then: [within(7)] })).toMatchObject({ succeeded: true });
    expect((await client.get('deep'))?.text()).toBe('yes');
    expect(await rejection(client.txn({ if: [], then: [within(8)] }))).toMatchObject({ code: 'TOO_MANY_OPERATIONS' });
  });

  test('1,024 operations over all branches', async () => {
    const half = op.txn({ if: [], then: many(300), else: many(200) });
    expect(await client.txn({ if: [], then: [half, ...many(522)], else: [] })).toMatchObject({ succeeded: true });
    expect(await rejection(client.txn({ if: [], then: [half, ...many(522)], else: many(2) }))).toMatchObject({
      code: 'TOO_MANY_OPERATIONS',
      outcome: 'not-applied',
    });
  });

  test('what is small, but means very much, is refused at once', async () => {
    let wide = op.txn({ if: [], then: many(10) });
    for (let depth = 0; depth < 6; depth++) wide = op.txn({ if: [], then: Array.from({ length: 1000 }, () => wide) });
    expect(await rejection(client.txn({ if: [], then: [wide] }))).toMatchObject({ code: 'TOO_MANY_OPERATIONS' });
  });

  test('one that lies within itself is refused', async () => {
    const then: Op<unknown>[] = [];
    then.push(op.txn({ if: [], then }));
    expect(await rejection(client.txn({ if: [], then }))).toMatchObject({ code: 'TOO_MANY_OPERATIONS' });
  });
});

test('a transaction may make an ephemeral key, under its conditions', async () => {
  const owner = await cluster.connect();
  const join = () =>
    owner.txn({ if: [cond.absent('member')], then: [op.put('member', 'a', { ephemeral: true }), op.get('member')] });
  const done = await join();
  expect(done.succeeded && done.results[1]?.session).toBe(owner.session.id);
  expect(await join()).toMatchObject({ succeeded: false });
  await owner.close();
  expect(await client.get('member')).toBeUndefined();
  const wrong = client.txn({ if: [], then: [op.put('member', 'a', { ephemeral: 'yes' as unknown as boolean })] });
  expect(await rejection(wrong)).toMatchObject({ code: 'INVALID_ARGUMENT', outcome: 'not-applied' });
});
