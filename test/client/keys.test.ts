import { expect, test } from 'vitest';
import { cond, op } from '../../src/client/index.ts';
import { rejection, start } from './support.ts';

test('what is put can be read, as bytes, text and JSON', async () => {
  const { client } = await start();
  const { revision } = await client.put('config/rate', '{"perSecond":100}');
  const entry = await client.get('config/rate');
  expect(entry).toMatchObject({ key: 'config/rate', createRevision: revision, modRevision: revision, version: 1 });
  expect(entry?.session).toBeUndefined();
  expect(entry?.text()).toBe('{"perSecond":100}');
  expect(entry?.json()).toEqual({ perSecond: 100 });
  expect(entry?.keyBytes).toEqual(new TextEncoder().encode('config/rate'));
  expect(Object.getPrototypeOf(entry?.value)).toBe(Uint8Array.prototype);
  expect(await client.get('nothing')).toBeUndefined();
});

test('values that are no text, or no JSON, say so', async () => {
  const { client } = await start();
  await client.put(new Uint8Array([0xff]), new Uint8Array([0xfe]));
  const binary = await client.get(new Uint8Array([0xff]));
  expect(binary?.key).toBe('\uFFFD');
  expect(() => binary?.text()).toThrow(expect.objectContaining({ code: 'INVALID_UTF8' }));
  await client.put('text', 'no JSON');
  const text = await client.get('text');
  expect(() => text?.json()).toThrow(SyntaxError);
});

test('a schema checks and converts', async () => {
  const { client } = await start();
  await client.put('number', '41');
  const entry = await client.get('number');
  const schema = {
    '~standard': {
      validate: (value: unknown) =>
        typeof value === 'number' ? { value: value + 1 } : { issues: [{ message: 'no number' }] },
    },
  };
  expect(await entry?.parse<number>(schema)).toBe(42);
  await client.put('number', '"41"');
  const other = await client.get('number');
  expect(await rejection(other!.parse<number>(schema))).toMatchObject({ code: 'INVALID_VALUE' });
});

test('an ephemeral key belongs to the session', async () => {
  const { client } = await start();
  await client.put('here', 'yes', { ephemeral: true });
  expect((await client.get('here'))?.session).toBe(client.session.id);
});

test('delete tells whether there was anything', async () => {
  const { client } = await start();
  await client.put('a', '1');
  expect(await client.delete('a')).toMatchObject({ deleted: true });
  expect(await client.delete('a')).toMatchObject({ deleted: false });
});

test('ranges: one key, a prefix, from and to, with a limit', async () => {
  const { client } = await start();
  for (const key of ['a', 'b/1', 'b/2', 'b0', 'c']) await client.put(key, key);
  const keys = async (...what: Parameters<typeof client.range>) =>
    (await client.range(...what)).entries.map(({ key }) => key);
  expect(await keys('a')).toEqual(['a']);
  expect(await keys({ prefix: 'b/' })).toEqual(['b/1', 'b/2']);
  expect(await keys({ prefix: '' })).toEqual(['a', 'b/1', 'b/2', 'b0', 'c']);
  expect(await keys({ from: 'b/2' })).toEqual(['b/2', 'b0', 'c']);
  expect(await keys({ from: 'b/2', to: 'c' })).toEqual(['b/2', 'b0']);
  expect(await client.range({ prefix: 'b' }, { limit: 2 })).toMatchObject({ more: true });
});

test('a prefix of the highest bytes has no end', async () => {
  const { client } = await start();
  await client.put(new Uint8Array([0xff, 0xff, 1]), 'x');
  await client.put(new Uint8Array([0xfe, 0xff, 1]), 'y');
  expect((await client.range({ prefix: new Uint8Array([0xff, 0xff]) })).entries).toHaveLength(1);
  expect((await client.range({ prefix: new Uint8Array([0xfe, 0xff]) })).entries).toHaveLength(1);
});

test('what the program does with its array after the call changes nothing', async () => {
  const { client } = await start();
  const value = new Uint8Array([1, 2, 3]);
  const done = client.put('key', value);
  value.fill(9);
  await done;
  expect((await client.get('key'))?.value).toEqual(new Uint8Array([1, 2, 3]));
});

test('a transaction takes one branch or the other, with typed results', async () => {
  const { client } = await start();
  const first = await client.txn({
    if: [cond.absent('a')],
    then: [op.put('a', '1'), op.get('a')],
    else: [op.get('a')],
  });
  expect(first.succeeded).toBe(true);
  if (first.succeeded) {
    const [written, read] = first.results;
    expect(written.revision).toBe(first.revision);
    expect(read?.text()).toBe('1');
  }
  const second = await client.txn({
    if: [cond.absent('a')],
    then: [op.put('a', '2')],
    else: [op.get('a'), op.delete('a')],
  });
  expect(second.succeeded).toBe(false);
  if (!second.succeeded) {
    const [read, deletion] = second.results;
    expect(read?.text()).toBe('1');
    expect(deletion.deleted).toBe(true);
  }
});

test('conditions on what was read', async () => {
  const { client } = await start();
  await client.put('a', '1');
  const entry = (await client.get('a'))!;
  const change = (value: string) =>
    client.txn({ if: [cond.unchanged(entry), cond.exists('a'), cond.valueIs('a', '1')], then: [op.put('a', value)] });
  expect(await change('2')).toMatchObject({ succeeded: true });
  expect(await change('3')).toMatchObject({ succeeded: false, results: [] });
});

test('counters', async () => {
  const { client } = await start();
  const orders = client.counter('orders');
  expect(await orders.next()).toBe(1n);
  expect(await orders.nextBlock(10)).toEqual({ first: 2n, last: 11n });
  expect(await orders.get()).toBe(11n);
  expect(await orders.compareAndSet(11n, 100n)).toBe(true);
  expect(await orders.compareAndSet(11n, 200n)).toBe(false);
  expect(await orders.next()).toBe(101n);
});

test('calls that are not awaited one by one share frames, and keep their order', async () => {
  const { client, node } = await start();
  await Promise.all(Array.from({ length: 500 }, (_, index) => client.put('key', String(index))));
  expect((await client.get('key'))?.text()).toBe('499');
  expect(node.count('openSession')).toBe(1);
});
