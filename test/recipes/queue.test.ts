import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { type Client, ConclaveError, op } from '../../src/client/index.ts';
import { priorityQueue, queue } from '../../src/recipes/queue.ts';
import { TestCluster } from '../../src/testing/cluster/test-cluster.ts';
import { waitFor } from '../../src/testing/cluster/wait-for.ts';
import { rejection } from '../client/support.ts';
import { recipeRejection } from './support.ts';

let cluster: TestCluster;
let client: Client;

beforeAll(async () => {
  cluster = await TestCluster.start({ nodes: 1, proxies: false });
  client = await cluster.connect();
});

afterAll(() => cluster.close());

test('first come, first served, each to one, and acknowledged ones are gone', async () => {
  const jobs = queue<string>(client, 'fifo');
  for (const payload of ['a', 'b', 'c', 'd']) await jobs.add(payload);
  const first = await jobs.take();
  const second = await jobs.take();
  expect([first.payload, second.payload]).toEqual(['a', 'b']);
  expect(second.token).toBeGreaterThan(first.token);
  expect([first.held, first.signal.aborted, first.attempt, first.checkpoint]).toEqual([true, false, 1, undefined]);
  await first.acknowledge();
  await second.giveBack();
  expect(await jobs.size()).toEqual({ waiting: 3, leased: 0, dead: 0 });
  const rest: string[] = [];
  for (let task = await jobs.tryTake(); task !== undefined; task = await jobs.tryTake()) {
    rest.push(`${task.payload}${task.attempt}`);
    await task.acknowledge();
  }
  expect(rest).toEqual(['b1', 'c1', 'd1']);
  expect(await client.count({ prefix: 'queue/fifo/' }), 'nothing is left').toBe(0);
});

test('the most urgent first, and of one priority the first that has come', async () => {
  const jobs = priorityQueue<string>(client, 'urgent');
  const added = [
    ['a', 5],
    ['b', 100],
    ['c', 5],
    ['d', 0],
    ['e', 9_999],
  ] as const;
  for (const [payload, priority] of added) await jobs.add(payload, priority);
  const taken: string[] = [];
  for (let task = await jobs.tryTake(); task !== undefined; task = await jobs.tryTake()) {
    taken.push(`${task.payload}${task.priority}`);
  }
  expect(taken).toEqual(['d0', 'a5', 'c5', 'b100', 'e9999']);
  expect(await rejection(jobs.add('f', 10_000))).toMatchObject({ code: 'INVALID_ARGUMENT' });
});

test('many consumers, each task to one of them, acknowledged once', async () => {
  const consumers = await Promise.all(Array.from({ length: 4 }, () => cluster.connect()));
  const done: number[] = [];
  const working = consumers.map(async (consumer) => {
    const jobs = queue<number>(consumer, 'many');
    for (;;) {
      const task = await jobs.take();
      await task.acknowledge();
      if (task.payload < 0) return;
      done.push(task.payload);
    }
  });
  const jobs = queue<number>(client, 'many');
  const numbers = Array.from({ length: 60 }, (_, index) => index);
  await Promise.all(numbers.map((number) => jobs.add(number)));
  for (const _ of consumers) await jobs.add(-1);
  await Promise.all(working);
  expect(done.sort((a, b) => a - b)).toEqual(numbers);
});

test('the tasks of a dead worker are taken up again from their checkpoint, and it can do no more (CURATOR-335, CURATOR-462)', async () => {
  const jobs = queue<string>(client, 'dead');
  await jobs.add('work');
  const dying = await cluster.connect();
  const lost = await queue<string>(dying, 'dead').take();
  await lost.saveCheckpoint({ page: 7 });
  const waiting = jobs.take();
  await client.sessions.close(dying.session.id);
  const task = await waiting;
  expect(task).toMatchObject({ payload: 'work', attempt: 2, checkpoint: { page: 7 } });
  expect(task.token).toBeGreaterThan(lost.token);
  await task.saveCheckpoint({ page: 8 });
  expect(await recipeRejection(lost.saveCheckpoint({ page: 1 }))).toMatchObject({ code: 'LEASE_LOST' });
  expect(await recipeRejection(lost.acknowledge())).toMatchObject({ code: 'LEASE_LOST', outcome: 'not-applied' });
  expect(await recipeRejection(lost.fail('late'))).toMatchObject({ code: 'LEASE_LOST' });
  expect(lost.held).toBe(false);
  await task.acknowledge({ with: [op.put('done/dead', 'yes')] });
  expect((await client.get('done/dead'))?.text()).toBe('yes');
  expect(await recipeRejection(task.acknowledge())).toMatchObject({ code: 'LEASE_LOST' });
});

test('what was leased without an answer is given back, and blocks nobody (CURATOR-45, CURATOR-79)', async () => {
  const jobs = queue<string>(client, 'lost-answer');
  await jobs.add('work');
  const consumer = await cluster.connect();
  // The answer of the transaction that takes the lease is lost: as if its time had run out after it was sent.
  const { txn } = consumer;
  let lose = true;
  consumer.txn = (async (...call: Parameters<typeof txn>) => {
    const done = await txn.apply(consumer, call);
    if (!lose) return done;
    lose = false;
    throw new ConclaveError('TIMEOUT', 'no answer', { outcome: 'unknown' });
  }) as typeof consumer.txn;
  expect(await rejection(queue(consumer, 'lost-answer').tryTake())).toMatchObject({ outcome: 'unknown' });
  const task = await jobs.take({ timeoutMs: 5_000 });
  expect(task).toMatchObject({ payload: 'work', attempt: 2 });
});

test('dead letters: after so many attempts, failed or lost, and those that do not fit; to be revived or discarded', async () => {
  const schema = z.object({ page: z.number() });
  const jobs = queue(client, 'letters', { attempts: 2, schema });
  const id = await jobs.add({ page: 1 });
  await queue(client, 'letters').add({ page: 'one' });
  expect(await (await jobs.take()).fail('first')).toBe('retried');
  expect(await (await jobs.take()).fail('second')).toBe('dead');
  expect(await jobs.tryTake()).toBeUndefined();
  const letters = await jobs.deadLetters();
  expect(letters).toMatchObject([
    { id, payload: { page: 1 }, reason: 'second', attempts: 2, priority: 0 },
    { payload: { page: 'one' }, attempts: 1 },
  ]);
  expect(letters[1]?.reason).toContain('does not fit');
  expect([await jobs.revive(id), await jobs.revive(id), await jobs.discard(letters[1]?.id ?? '')]).toEqual([
    true,
    false,
    true,
  ]);

  const dying = await cluster.connect();
  for (const attempt of [1, 2]) {
    expect((await queue(dying, 'letters', { attempts: 2, schema }).take()).attempt).toBe(attempt);
    await client.sessions.close(dying.session.id);
    await waitFor('the lease to go', async () => (await jobs.size()).leased === 0, { timeoutMs: 5_000 });
    await dying.put('awake', '').catch(() => undefined);
  }
  expect(await jobs.tryTake()).toBeUndefined();
  expect(await jobs.deadLetters()).toMatchObject([{ id, attempts: 2, reason: expect.stringContaining('2 times') }]);
  expect(await jobs.size()).toEqual({ waiting: 0, leased: 0, dead: 1 });
});

test('take waits no longer than it is told', async () => {
  const jobs = queue(client, 'empty');
  expect(await rejection(jobs.take({ timeoutMs: 40 }))).toMatchObject({ code: 'TIMEOUT' });
  expect(await rejection(jobs.take({ signal: AbortSignal.timeout(40) }))).toMatchObject({ code: 'ABORTED' });
});

test('whatever JSON can hold goes through unchanged, and what it cannot is refused', async () => {
  const jobs = queue(client, 'json');
  await fc.assert(
    fc.asyncProperty(fc.jsonValue({ depthSize: 'small' }), async (value) => {
      await jobs.add(value);
      const task = await jobs.take();
      await task.acknowledge();
      expect(task.payload).toEqual(JSON.parse(JSON.stringify(value)));
    }),
    { numRuns: 10 },
  );
  expect(await rejection(jobs.add(undefined))).toMatchObject({ code: 'INVALID_ARGUMENT' });
});

test('a task that is handed out again has the same name and place, which does not grow (queues of Curator)', async () => {
  const jobs = queue<string>(client, 'same-name', { attempts: 10 });
  const id = await jobs.add('first');
  await jobs.add('second');
  for (let attempt = 1; attempt <= 4; attempt++) {
    const task = await jobs.take();
    expect([task.id, task.attempt, task.payload]).toEqual([id, attempt, 'first']);
    expect(await task.fail('again')).toBe('retried');
  }
});

test('a consumer that waits goes on after a reconnection (CURATOR-623)', async () => {
  const waiting = await cluster.connect({ clientName: 'waiting' });
  const taking = queue<string>(waiting, 'reconnected').take();
  await waiting.put('awake', '');
  cluster.cutClient('waiting');
  await queue<string>(client, 'reconnected').add('work');
  cluster.healClient('waiting');
  expect((await taking).payload).toBe('work');
}, 30_000);
