import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Client, op } from '../../src/client/index.ts';
import { cache } from '../../src/recipes/cache.ts';
import { TestCluster } from '../../src/testing/cluster/test-cluster.ts';
import { waitFor } from '../../src/testing/cluster/wait-for.ts';
import { rejection } from '../client/support.ts';

let cluster: TestCluster;
let client: Client;

beforeAll(async () => {
  cluster = await TestCluster.start({ nodes: 1, proxies: false });
  client = await cluster.connect();
});

afterAll(() => cluster.close());

test('follows, and its progress mark moves on by changes under the prefix and, in time, without', async () => {
  await client.put('near/a', '1');
  await using near = await cache(await cluster.connect(), 'near/');
  expect([near.get('near/a')?.text(), near.get('near/b'), near.size]).toEqual(['1', undefined, 1]);
  const { revision } = await client.put('near/b', '2');
  await waitFor('the change', () => near.progress.revision >= revision, { timeoutMs: 5_000 });
  expect(near.get('near/b')?.text()).toBe('2');
  expect([...near.entries()].map(([key]) => key)).toEqual(['near/a', 'near/b']);
  const elsewhere = await client.put('far', '3');
  await waitFor('a mark', () => near.progress.revision >= elsewhere.revision, { timeoutMs: 10_000 });
  expect(near.progress.ageMs).toBeLessThan(6_000);
  expect(near.has('near/c')).toBe(false);
}, 20_000);

test('shows everything up to its progress mark, whatever is written meanwhile', async () => {
  await using near = await cache(await cluster.connect(), 'mark/');
  const written: { readonly key: string; readonly value: string; readonly revision: number }[] = [];
  for (let count = 0; count < 60; count++) {
    const key = count % 3 === 0 ? `other/${count}` : `mark/${count % 7}`;
    const { revision } = await client.put(key, String(count));
    written.push({ key, value: String(count), revision });
    // At this very moment, which the mark must be true of.
    const { revision: mark } = near.progress;
    const shouldShow = new Map(written.filter((one) => one.revision <= mark).map((one) => [one.key, one]));
    for (const [shownKey, { revision: atLeast }] of shouldShow) {
      if (shownKey.startsWith('mark/')) expect(near.get(shownKey)?.modRevision).toBeGreaterThanOrEqual(atLeast);
    }
  }
  await waitFor('all', () => near.get('mark/3')?.text() === '59', { timeoutMs: 5_000 });
});

test('with sync it is never stale, and it does not go back afterwards', async () => {
  await using near = await cache(await cluster.connect(), 'sync/');
  for (let count = 0; count < 40; count++) {
    const isDeletion = count % 5 === 4;
    if (isDeletion) await client.delete('sync/k');
    else await client.put('sync/k', String(count));
    const expected = isDeletion ? undefined : String(count);
    expect((await near.get('sync/k', { sync: true }))?.text()).toBe(expected);
    expect(near.get('sync/k')?.text()).toBe(expected);
  }
  expect(await near.get('sync/none', { sync: true })).toBeUndefined();
});

test('is stale while it is cut off, where a synced read waits no longer than it is told, and not afterwards (CURATOR-311)', async () => {
  const cut = await cluster.connect({ clientName: 'cut' });
  await client.put('cut/k', '1');
  await using near = await cache(cut, 'cut/');
  cluster.cutClient('cut');
  await client.put('cut/k', '2');
  expect(await rejection(near.get('cut/k', { sync: true, timeoutMs: 100 }))).toMatchObject({ code: 'TIMEOUT' });
  expect(near.get('cut/k')?.text(), 'what it last knew').toBe('1');
  cluster.healClient('cut');
  expect((await near.get('cut/k', { sync: true, timeoutMs: 20_000 }))?.text()).toBe('2');
}, 30_000);

test('refuses keys of others, and tells nothing once it is closed', async () => {
  const near = await cache(client, 'mine/');
  expect(() => near.get('yours')).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  await near.close();
  expect(() => near.get('mine/k')).toThrow(expect.objectContaining({ code: 'CLOSED' }));
  expect(await rejection(near.get('mine/k', { sync: true }))).toMatchObject({ code: 'CLOSED' });
});

/** Holds back what the watches of this client deliver, but for marks of progress and what comes with them, while the gate is closed. */
function holdBack(own: Client) {
  let isOpen = true;
  let open = (): void => undefined;
  let opened = Promise.resolve();
  let seenRevision = 0;
  const { watch } = own;
  own.watch = async (what, options) => {
    const watched = await watch.call(own, what, options);
    const isHeld = options?.progress !== true;
    return {
      startRevision: watched.startRevision,
      async *[Symbol.asyncIterator]() {
        for await (const batch of watched) {
          if (isHeld && !isOpen) await opened;
          if (!isHeld) seenRevision = batch.revision;
          yield batch;
        }
      },
      [Symbol.asyncDispose]: () => watched[Symbol.asyncDispose](),
    };
  };
  return {
    close() {
      isOpen = false;
      opened = new Promise((resolve) => {
        open = resolve;
      });
    },
    open() {
      isOpen = true;
      open();
    },
    /** By the watches that are not held back. */
    seen: () => seenRevision,
  };
}

test('neither a synced read nor the progress mark is ahead of what the cache shows', async () => {
  const own = await cluster.connect();
  const gate = holdBack(own);
  await client.put('held/k', '1');
  await using near = await cache(own, 'held/');
  gate.close();
  const { revision } = await client.put('held/k', '2');
  let read: string | undefined;
  const reading = near.get('held/k', { sync: true }).then((entry) => {
    read = entry?.text();
  });
  await waitFor('the marks to be there', () => gate.seen() >= revision, { timeoutMs: 5_000 });
  for (let count = 0; count < 10; count++) await own.count('held/k');
  expect(near.progress.revision).toBeLessThan(revision);
  expect([read, near.get('held/k')?.text()]).toEqual([undefined, '1']);
  gate.open();
  await reading;
  expect([read, near.get('held/k')?.text()]).toEqual(['2', '2']);
  expect(near.progress.revision).toBeGreaterThanOrEqual(revision);
});

test('holds more keys than 65,536 (CURATOR-690), and misses no deletion', async () => {
  const pages = Array.from({ length: 66 }, (_, page) =>
    Array.from({ length: 1_000 }, (_unused, index) => `many/${page}/${index}`),
  );
  for (const keys of pages) await client.txn({ if: [], then: keys.map((key) => op.put(key, '')) });
  await using near = await cache(client, 'many/');
  expect(near.size).toBe(66_000);
  await client.txn({ if: [], then: (pages[65] ?? []).map((key) => op.delete(key)) });
  await waitFor('the deletions', () => near.size === 65_000, { timeoutMs: 5_000 });
  expect(near.has('many/65/0')).toBe(false);
}, 30_000);
