import { afterAll, beforeAll, describe, expect, expectTypeOf, test } from 'vitest';
import type { Client, Entry, KeyEntry, PutResult } from '../../src/client/index.ts';
import { TestCluster } from '../../src/testing/cluster/test-cluster.ts';
import { rejection } from './support.ts';

let cluster: TestCluster;
let client: Client;

beforeAll(async () => {
  cluster = await TestCluster.start({ nodes: 1, proxies: false });
  client = await cluster.connect();
});

afterAll(() => cluster.close());

describe('a conditional put', () => {
  test('ifAbsent writes once; a refusal tells what is there, and takes no revision', async () => {
    const first = await client.put('put/a', '1', { ifAbsent: true, previous: true });
    expect(first).toEqual({ revision: expect.any(Number), written: true, previous: undefined });
    const second = await client.put('put/a', '2', { ifAbsent: true, previous: true });
    expect(second).toMatchObject({ revision: first.revision, written: false, previous: { version: 1 } });
    expect(second.previous?.text()).toBe('1');
    expect((await client.get('put/a'))?.text()).toBe('1');
  });

  test('ifUnchanged takes an entry, an entry without its value, or a revision', async () => {
    const { revision } = await client.put('put/b', '1');
    expect(await client.put('put/b', '2', { ifUnchanged: revision })).toMatchObject({ written: true });
    const entry = (await client.get('put/b')) as Entry;
    const [key] = (await client.range('put/b', { keysOnly: true })).entries;
    expect(await client.put('put/b', '3', { ifUnchanged: entry })).toMatchObject({ written: true });
    expect(await client.put('put/b', '4', { ifUnchanged: key })).toMatchObject({ written: false, previous: undefined });
    expect(await client.put('put/none', '1', { ifUnchanged: revision })).toMatchObject({ written: false });
    expect(await client.get('put/none')).toBeUndefined();
  });

  test('without a condition it is always written, and its type says so', async () => {
    const done = await client.put('put/c', '1', { previous: true });
    expectTypeOf(done).toEqualTypeOf<PutResult<true>>();
    expectTypeOf(await client.put('put/c', '2', { ifAbsent: true })).toEqualTypeOf<PutResult>();
    expect(done.written).toBe(true);
  });

  test.each<[string, object]>([
    ['both conditions', { ifAbsent: true, ifUnchanged: 1 }],
    ['no revision', { ifUnchanged: 0 }],
    ['what is no entry', { ifUnchanged: { modRevision: 1 } }],
    ['the entry of another key', { ifUnchanged: { keyBytes: new TextEncoder().encode('other'), modRevision: 1 } }],
    ['what is no boolean', { ifAbsent: 'yes' }],
  ])('is refused with %s', async (_, options) => {
    const error = await rejection(client.put('put/d', '1', options));
    expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', outcome: 'not-applied' });
  });
});

test('a delete is conditional, too, and tells what it has deleted', async () => {
  const { revision } = await client.put('delete/a', '1');
  await client.put('delete/a', '2');
  expect(await client.delete('delete/a', { ifUnchanged: revision })).toMatchObject({ deleted: false });
  const entry = (await client.get('delete/a')) as Entry;
  const done = await client.delete('delete/a', { ifUnchanged: entry, previous: true });
  expect(done).toMatchObject({ deleted: true, previous: { version: 2 } });
  expect(await client.delete('delete/a', { previous: true })).toMatchObject({ deleted: false, previous: undefined });
});

test('keys with the next number rise, also after deletions, and never overwrite', async () => {
  const first = await client.createSequential('queue/', 'a');
  expect(first.key).toBe(`queue/${String(first.revision).padStart(20, '0')}`);
  expect((await client.get(first.keyBytes))?.text()).toBe('a');
  await client.delete(first.key);
  const second = await client.createSequential('queue/', 'b', { ephemeral: true });
  expect(second.key > first.key).toBe(true);
  expect((await client.get(second.key))?.session).toBe(client.session.id);

  const taken = `queue/${String(second.revision + 2).padStart(20, '0')}`;
  await client.put(taken, 'by its name');
  const error = await rejection(client.createSequential('queue/', 'c'));
  expect(error).toMatchObject({ code: 'KEY_EXISTS', outcome: 'not-applied', retryable: true });
  expect((await client.get(taken))?.text()).toBe('by its name');
  await client.put('elsewhere', 'x');
  expect((await client.createSequential('queue/', 'd')).key > taken).toBe(true);
});

describe('ranges', () => {
  const keys = ['range/a', 'range/b', 'range/c', 'range/d', 'range/e'];
  let revision: number;
  beforeAll(async () => {
    for (const key of keys) ({ revision } = await client.put(key, `value of ${key}`));
    await client.delete('range/c');
    await client.put('range/f', 'later');
  });

  test('descending, with a limit that keeps the last ones', async () => {
    const { entries, more } = await client.range({ prefix: 'range/' }, { order: 'descending', limit: 3 });
    expect(entries.map(({ key }) => key)).toEqual(['range/f', 'range/e', 'range/d']);
    expect(more).toBe(true);
    const past = await client.range({ prefix: 'range/' }, { order: 'descending', limit: 3, revision });
    expect(past.entries.map(({ key }) => key)).toEqual(['range/e', 'range/d', 'range/c']);
  });

  test('of keys only: there is no value to be mistaken for an empty one', async () => {
    const { entries } = await client.range('range/a', { keysOnly: true });
    expectTypeOf(entries).toEqualTypeOf<readonly KeyEntry[]>();
    expect(entries).toMatchObject([{ key: 'range/a', version: 1, session: undefined }]);
    expect(entries[0]).not.toHaveProperty('value');
    expect(entries[0]).not.toHaveProperty('text');
  });

  test('are counted, now and as they were', async () => {
    expect(await client.count({ prefix: 'range/' })).toBe(5);
    expect(await client.count({ prefix: 'range/' }, { revision })).toBe(5);
    expect(await client.count({ from: 'range/c', to: 'range/d' })).toBe(0);
    expect(await client.count({ from: 'range/c', to: 'range/d' }, { revision })).toBe(1);
    expect(await client.count('range/a')).toBe(1);
  });

  test.each(['ascending', 'descending'] as const)('are scanned %s, page by page, at one revision', async (order) => {
    const seen: string[] = [];
    for await (const { key } of client.scan({ prefix: 'range/' }, { pageSize: 2, order })) {
      seen.push(key);
      // What happens meanwhile belongs to another revision.
      await client.put(`range/${key === 'range/b' ? 'c' : 'g'}`, 'meanwhile');
    }
    const expected = ['range/a', 'range/b', 'range/d', 'range/e', 'range/f'];
    expect(seen).toEqual(order === 'ascending' ? expected : expected.reverse());
    await client.delete('range/c');
    await client.delete('range/g');
  });

  test('are scanned as of a revision, and of keys only', async () => {
    const seen: string[] = [];
    for await (const entry of client.scan({ prefix: 'range/' }, { pageSize: 1, revision, keysOnly: true })) {
      expectTypeOf(entry).toEqualTypeOf<KeyEntry>();
      seen.push(entry.key);
    }
    expect(seen).toEqual(keys);
  });

  test('a scan whose history is forgotten on the way says so', async () => {
    const scan = client.scan({ prefix: 'range/' }, { pageSize: 2 });
    expect((await scan.next()).value).toMatchObject({ key: 'range/a' });
    const { revision: newest } = await client.put('elsewhere', 'y');
    expect(await client.compact(newest)).toEqual({ floor: newest });
    expect((await scan.next()).value).toMatchObject({ key: 'range/b' });
    expect(await rejection(scan.next())).toMatchObject({ code: 'COMPACTED', oldestRevision: newest });
  });
});

describe('a compaction', () => {
  test('forgets what is older, for reads and watches, and nothing that exists', async () => {
    const old = await client.put('compact/a', '1');
    const { revision } = await client.put('compact/a', '2');
    await client.put('compact/a', '3');
    expect(await client.compact(revision)).toEqual({ floor: revision });
    expect((await client.get('compact/a', { revision }))?.text()).toBe('2');
    const read = await rejection(client.get('compact/a', { revision: old.revision }));
    expect(read).toMatchObject({ code: 'COMPACTED', oldestRevision: revision });
    const counted = await rejection(client.count('compact/a', { revision: old.revision }));
    expect(counted).toMatchObject({ code: 'COMPACTED', oldestRevision: revision });
    const watched = await rejection(client.watch('compact/a', { fromRevision: revision }));
    expect(watched).toMatchObject({ code: 'COMPACTED', oldestRevision: revision + 1 });
    expect((await client.get('compact/a'))?.text()).toBe('3');
  });

  test('of what is forgotten already has no effect; of what does not exist yet it is refused', async () => {
    const { revision } = await client.put('compact/b', '1');
    const { floor } = await client.compact(revision);
    expect(await client.compact(1)).toEqual({ floor });
    const error = await rejection(client.compact(revision + 1000));
    expect(error).toMatchObject({ code: 'FUTURE_REVISION', outcome: 'not-applied' });
    expect((await client.put('compact/b', '2')).revision).toBe(revision + 1);
  });
});

test.each<[string, () => unknown]>([
  ['an order that is none', () => client.range('a', { order: 'random' as 'ascending' })],
  ['a scan of empty pages', () => client.scan('a', { pageSize: 0 }).next()],
  ['a compaction of nothing', () => client.compact(0)],
])('%s is refused', async (_, call) => {
  expect(await rejection((async () => await call())())).toMatchObject({ code: 'INVALID_ARGUMENT' });
});
