import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Client } from '../../src/client/index.ts';
import { latch } from '../../src/recipes/latch.ts';
import { TestCluster } from '../../src/testing/cluster/test-cluster.ts';
import { rejection } from '../client/support.ts';
import { recipeRejection } from './support.ts';

let cluster: TestCluster;
let client: Client;

beforeAll(async () => {
  cluster = await TestCluster.start({ nodes: 1, proxies: false });
  client = await cluster.connect();
});

afterAll(() => cluster.close());

test('opens for ever when all have counted down, each once', async () => {
  const gate = latch(client, 'ready', { count: 3 });
  let isOpen = false;
  const waiting = gate.wait().then(() => {
    isOpen = true;
  });
  const place = await gate.join({ id: 'a' });
  await place.countDown();
  await place.countDown();
  await gate.countDown({ id: 'b/1' });
  await gate.countDown({ id: 'b/1' });
  expect(await gate.state()).toEqual({ remaining: 1, brokenBy: undefined });
  expect(isOpen).toBe(false);
  await gate.countDown();
  await waiting;
  await gate.wait();
  await (await gate.join({ id: 'a' })).countDown();
  expect(await gate.state()).toEqual({ remaining: 0, brokenBy: undefined });
});

test('is broken by one that had joined and dies, for those who wait and for those who come later', async () => {
  const gate = latch(client, 'dead', { count: 2 });
  const dying = await cluster.connect();
  const place = await latch(dying, 'dead', { count: 2 }).join({ id: 'victim' });
  const waiting = recipeRejection(gate.wait());
  await dying.close();
  expect((await waiting).message).toContain("'victim'");
  expect(await recipeRejection(gate.wait())).toMatchObject({ code: 'LATCH_BROKEN' });
  expect(await recipeRejection(gate.countDown())).toMatchObject({ code: 'LATCH_BROKEN' });
  expect(await recipeRejection(gate.join())).toMatchObject({ code: 'LATCH_BROKEN' });
  expect(await rejection(place.countDown())).toMatchObject({ code: 'CLOSED' });
  await gate.reset();
  await Promise.all([gate.countDown(), gate.countDown(), gate.wait()]);
});

test('one that died while nobody was looking breaks it all the same, and one that had counted down does not', async () => {
  const gate = latch(client, 'unseen', { count: 2 });
  const dying = await cluster.connect();
  const theirs = latch(dying, 'unseen', { count: 2 });
  await (await theirs.join({ id: 'done' })).countDown();
  await theirs.join({ id: 'victim' });
  await dying.close();
  expect(await gate.state()).toEqual({ remaining: 1, brokenBy: undefined });
  expect((await recipeRejection(gate.wait())).message).toContain("'victim'");
});

test('waits no longer than it is told', async () => {
  const gate = latch(client, 'never', { count: 1 });
  expect(await rejection(gate.wait({ timeoutMs: 30 }))).toMatchObject({ code: 'TIMEOUT' });
  expect(() => latch(client, 'never', { count: 0 })).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
});
