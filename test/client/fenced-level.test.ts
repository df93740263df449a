import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Level } from 'level';
import { expect, onTestFinished, test } from 'vitest';
import { FencedResource } from '../../src/client/index.ts';
import { levelFencingStore, type Operations } from './level-fencing-store.ts';
import { rejection } from './support.ts';

async function openDatabase(): Promise<Level> {
  const folder = await mkdtemp(join(tmpdir(), 'conclave-fenced-'));
  const database = new Level(folder);
  onTestFinished(async () => {
    await database.close();
    await rm(folder, { recursive: true, force: true });
  });
  return database;
}

const put = (value: string) => (operations: Operations) => operations.push({ type: 'put', key: 'report', value });

test('the highest token outlives a restart, with what was written under it', async () => {
  const database = await openDatabase();
  await new FencedResource('jobs', levelFencingStore(database)).write(34, put('new'));
  await database.close();
  await database.open();
  const resource = new FencedResource('jobs', levelFencingStore(database));
  expect(await rejection(resource.write(33, put('late')))).toMatchObject({ code: 'STALE_TOKEN' });
  expect(await database.get('report')).toBe('new');
});

test('a claim outlives a restart', async () => {
  const database = await openDatabase();
  await new FencedResource('jobs', levelFencingStore(database)).claim(34);
  await database.close();
  await database.open();
  const resource = new FencedResource('jobs', levelFencingStore(database));
  expect(await rejection(resource.claim(33))).toMatchObject({ code: 'STALE_TOKEN' });
});

test('a change that fails leaves neither its write nor its token', async () => {
  const database = await openDatabase();
  const resource = new FencedResource('jobs', levelFencingStore(database));
  const failing = resource.write(34, (operations) => {
    put('half')(operations);
    throw new Error('no second half');
  });
  await expect(failing).rejects.toThrow('no second half');
  expect(await database.get('report')).toBeUndefined();
  await resource.write(33, put('whole'));
  expect(await database.get('report')).toBe('whole');
});

test('of writers at once, in whatever order, the one with the highest token has the last word', async () => {
  const database = await openDatabase();
  const store = levelFencingStore(database);
  const tokens = [3, 9, 1, 7, 9, 2, 8];
  // Each has an object of its own, as the requests to a server might: the queue is that of the store.
  const calls = tokens.map((token) => new FencedResource('jobs', store).write(token, put(`of ${token}`)));
  const settled = await Promise.allSettled(calls);
  expect(settled.map(({ status }) => status === 'fulfilled')).toEqual([true, true, false, false, true, false, false]);
  expect(await database.get('report')).toBe('of 9');
});
