import { expect, test } from 'vitest';
import type { WatchBatch } from '../../src/client/index.ts';
import { rejection, start, until } from './support.ts';

test('a watch gives each revision with its events', async () => {
  const { client } = await start();
  await client.put('config/a', '0');
  const watch = await client.watch({ prefix: 'config/' });
  const { revision } = await client.put('config/a', '1');
  expect(watch.startRevision).toBeLessThanOrEqual(revision);
  await client.put('elsewhere', '1');
  await client.delete('config/a');
  const batches: WatchBatch[] = [];
  for await (const batch of watch) {
    batches.push(batch);
    if (batches.length === 2) break;
  }
  expect(batches[0]).toMatchObject({ revision, events: [{ type: 'put', key: 'config/a' }] });
  const [first] = batches[0]!.events;
  expect(first?.type === 'put' && first.entry.text()).toBe('1');
  expect(first?.previous?.text()).toBe('0');
  expect(batches[1]).toMatchObject({ events: [{ type: 'delete', key: 'config/a' }] });
});

test('break ends the watch in the service', async () => {
  const { client, node } = await start();
  const watch = await client.watch('a');
  await client.put('a', '1');
  for await (const _ of watch) break;
  await client.put('a', '2');
  for await (const _ of watch) throw new Error('it should be over');
  expect(node.connectionCount).toBe(1);
});

test('an aborted signal makes the loop throw AbortError, also while it waits', async () => {
  const { client } = await start();
  const controller = new AbortController();
  const watch = await client.watch('a', { signal: controller.signal });
  const loop = rejection(
    (async () => {
      for await (const _ of watch);
    })(),
  );
  controller.abort(new Error('enough'));
  expect(await loop).toMatchObject({ name: 'AbortError', code: 'ABORTED', cause: new Error('enough') });
});

test('an abort between two batches is thrown by the next', async () => {
  const { client } = await start();
  const controller = new AbortController();
  const watch = await client.watch('a', { signal: controller.signal });
  controller.abort();
  const iterator = watch[Symbol.asyncIterator]();
  expect(await rejection(iterator.next())).toMatchObject({ name: 'AbortError' });
  expect(await iterator.next()).toEqual({ done: true, value: undefined });
});

test('compaction is an error, with the oldest revision that is still to be had', async () => {
  const { client, node } = await start();
  const watch = await client.watch('a');
  const next = rejection(watch[Symbol.asyncIterator]().next());
  node.endWatches('COMPACTED');
  expect(await next).toMatchObject({ code: 'COMPACTED', oldestRevision: 77 });
});

test('closing the client ends the loop quietly', async () => {
  const { client } = await start();
  const watch = await client.watch('a');
  const loop = (async () => {
    for await (const _ of watch);
    return 'quiet';
  })();
  await client.close();
  expect(await loop).toBe('quiet');
});

test('after a broken connection, the watch goes on', async () => {
  const { client, node } = await start();
  const watch = await client.watch('a');
  const iterator = watch[Symbol.asyncIterator]();
  await client.put('a', '1');
  const first = await iterator.next();
  node.dropConnections();
  await until(() => node.connectionCount === 1);
  await client.get('a');
  const { revision } = await client.put('a', '2');
  expect(await iterator.next()).toMatchObject({ value: { revision } });
  expect(revision).toBeGreaterThan(first.value!.revision);
});
