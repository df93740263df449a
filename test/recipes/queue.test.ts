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

/** A value that is as long as the service takes. */
const longest = 'x'.repeat(1024 * 1024 - 2);

test('a task of any size can go to the dead letters, with any reason, and is revived as it was', async () => {
  const jobs = queue<string>(client, 'long', { attempts: 1 });
  for (const payload of [longest, longest.slice(400_000)]) {
    const id = await jobs.add(payload);
    const task = await jobs.take();
    expect(await task.fail('y'.repeat(600_000))).toBe('dead');
    expect(await jobs.deadLetters()).toEqual([{ id, priority: 0, payload, attempts: 1, reason: 'y'.repeat(4_096) }]);
    expect(await jobs.revive(id)).toBe(true);
    const revived = await jobs.take();
    expect([revived.id, revived.payload, revived.attempt]).toEqual([id, payload, 1]);
    await revived.fail('again');
    expect(await jobs.size()).toEqual({ waiting: 0, leased: 0, dead: 1 });
    expect(await jobs.discard(id)).toBe(true);
    expect(await client.count({ prefix: 'queue/long/' }), 'nothing is left').toBe(0);
  }
});

test('a long task that does not fit the schema keeps nobody from the next one', async () => {
  await queue(client, 'long-misfit').add(longest);
  await queue(client, 'long-misfit').add(7);
  const jobs = queue(client, 'long-misfit', { schema: z.number() });
  expect((await jobs.take()).payload).toBe(7);
  expect(await jobs.deadLetters()).toMatchObject([{ payload: longest }]);
});

test('a task that could not be put aside is put aside later, and does not stay leased', async () => {
  await queue(client, 'aside').add('misfit');
  const own = await cluster.connect();
  const { txn } = own;
  let calls = 0;
  own.txn = (async (...call: Parameters<typeof txn>) => {
    calls += 1;
    // The first takes the lease.
    if (calls === 2) throw new ConclaveError('UNAVAILABLE', 'no leader');
    return await txn.apply(own, call);
  }) as typeof txn;
  const taking = queue(own, 'aside', { schema: z.number() }).tryTake();
  expect(await rejection(taking)).toMatchObject({ code: 'UNAVAILABLE' });
  const isDead = async () => (await queue(client, 'aside').size()).dead === 1;
  await waitFor('it to be put aside', isDead, { timeoutMs: 5_000 });
  expect(await queue(client, 'aside').size()).toEqual({ waiting: 0, leased: 0, dead: 1 });
});

test('a task for which the dead letter cannot be written is left to others', async () => {
  await queue(client, 'left').add('misfit');
  const onDead = () => {
    throw new Error('a fault of the program');
  };
  const taking = queue(client, 'left', { schema: z.number(), onDead }).tryTake();
  await expect(taking).rejects.toThrow('a fault of the program');
  expect((await queue(client, 'left').take({ timeoutMs: 5_000 })).payload).toBe('misfit');
});

test('more leases than fit into one answer are all counted, and none of their tasks is taken for free', async () => {
  const name = 'n'.repeat(3_900);
  // Before all that are added.
  const ids = Array.from({ length: 1_200 }, (_, index) => `0000-${'0'.repeat(15)}-${index}`);
  for (const kind of ['tasks', 'leases']) {
    for (let from = 0; from < ids.length; from += 400) {
      const puts = ids.slice(from, from + 400).map((id) => op.put(`queue/${name}/${kind}/${id}`, '1'));
      await client.txn({ if: [], then: puts });
    }
  }
  const jobs = queue(client, name);
  expect(await jobs.size()).toEqual({ waiting: 0, leased: 1_200, dead: 0 });
  const id = await jobs.add('free');
  expect((await jobs.tryTake())?.id).toBe(id);
});
