import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Client, View } from '../../src/client/index.ts';
import { group } from '../../src/recipes/group.ts';
import { type RingChange, ring } from '../../src/recipes/ring.ts';
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

test('follows the group, and tells which keys moved, from whom to whom', async () => {
  const members = group(client, 'shards');
  await members.join({ id: 'a' });
  await members.join({ id: 'b' });
  await using live = await ring(client, 'shards');
  const keys = Array.from({ length: 200 }, (_, index) => `key-${index}`);
  const before = new Map(keys.map((key) => [key, live.owner(key)]));
  const changes: RingChange[] = [];
  const following = (async () => {
    for await (const change of live.changes()) changes.push(change);
  })();

  const c = await members.join({ id: 'c', metadata: { weight: '2' } });
  await waitFor('the change', () => changes.length === 1, { timeoutMs: 5_000 });
  const [joined] = changes;
  expect(joined).toMatchObject({ joined: ['c'], left: [], reweighted: [] });
  const moved = keys.filter((key) => joined?.moved(key) !== undefined);
  expect(moved.length).toBeGreaterThan(60);
  expect(moved.length).toBeLessThan(140);
  for (const key of keys) {
    const move = joined?.moved(key);
    expect(live.owner(key)).toBe(move === undefined ? before.get(key) : 'c');
    if (move !== undefined) expect(move).toEqual({ from: before.get(key), to: 'c' });
  }

  await c.update({ weight: '2', color: 'red' });
  await c.update({ weight: '1', color: 'red' });
  await waitFor('the next change', () => changes.length === 2, { timeoutMs: 5_000 });
  expect(changes[1]).toMatchObject({ joined: [], left: [], reweighted: ['c'] });
  await c.leave();
  await waitFor('the last change', () => changes.length === 3, { timeoutMs: 5_000 });
  expect(changes[2]).toMatchObject({ joined: [], left: ['c'], reweighted: [] });
  expect(keys.map((key) => live.owner(key))).toEqual(keys.map((key) => before.get(key)));
  expect(live.owners('key-1', 5)).toHaveLength(2);
  await live.close();
  await following;
  expect(() => live.owner('key-1')).toThrow(expect.objectContaining({ code: 'CLOSED' }));
});

test('a ring that nobody is left in owns nothing, and goes on with the next who joins (CURATOR-307)', async () => {
  const last = await cluster.connect();
  await group(last, 'emptied').join({ id: 'a' });
  await using live = await ring(client, 'emptied');
  expect(live.owner('key')).toBe('a');
  await last.close();
  await waitFor('nobody to be left', () => live.owner('key') === undefined, { timeoutMs: 5_000 });
  expect([live.owners('key', 2), live.place('key', { load: () => 0 })]).toEqual([[], undefined]);
  await group(client, 'emptied').join({ id: 'b' });
  await waitFor('the next', () => live.owner('key') === 'b', { timeoutMs: 5_000 });
});

test('a ring with options that are wrong follows nothing', async () => {
  const own = await cluster.connect();
  const { view } = own;
  const opened: View[] = [];
  own.view = (async (...call: Parameters<typeof view>) => {
    const one = await view.apply(own, call);
    opened.push(one);
    return one;
  }) as typeof view;
  expect(await rejection(ring(own, 'wrong', { virtualNodes: 0 }))).toMatchObject({ code: 'INVALID_ARGUMENT' });
  expect(opened).toHaveLength(1);
  expect(() => opened[0]?.size).toThrow(expect.objectContaining({ code: 'CLOSED' }));
});
