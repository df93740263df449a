import { beforeAll, expect, test, vi } from 'vitest';
import { cond, op } from '../../src/client/index.ts';
import { rejection, stall, start, until } from './support.ts';

const shortTtl = { session: { ttlMs: 700 } };

beforeAll(() => {
  // Such a session is warned of.
  const warning = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
  return () => warning.mockRestore();
});

test('two acquisitions of one client exclude each other, in order', async () => {
  const { client } = await start();
  const first = await client.lock('job');
  const second = client.lock('job');
  const order: string[] = [];
  const taken = second.then((lock) => {
    order.push('second');
    return lock;
  });
  expect(await client.tryLock('job')).toBeUndefined();
  order.push('release');
  expect(await first.release()).toBe('released');
  const lock = await taken;
  expect(order).toEqual(['release', 'second']);
  expect(lock.token).toBeGreaterThan(first.token);
  expect(lock).toMatchObject({ name: 'job', held: true });
});

test('while it is held, a lock says so', async () => {
  const { client } = await start();
  const lock = await client.lock('job');
  expect(lock.held).toBe(true);
  expect(lock.remainingMs).toBeGreaterThan(9_000);
  expect(lock.signal.aborted).toBe(false);
  lock.assertHeld();
  lock.signal.throwIfAborted();
  const released = lock.release();
  expect(lock.held).toBe(false);
  expect(lock.remainingMs).toBe(0);
  expect(() => lock.assertHeld()).toThrow(expect.objectContaining({ code: 'LOCK_LOST' }));
  expect(await released).toBe('released');
  expect(await lock.release()).toBe('released');
  // It was given up, not lost.
  expect(lock.signal.aborted).toBe(false);
});

test('after a stall, every question to the lock gets the truth, before any event', async () => {
  const { client } = await start(shortTtl);
  const lock = await client.lock('job');
  const { signal } = lock;
  const events: string[] = [];
  signal.addEventListener('abort', () => events.push('abort'));
  stall(900);
  expect(events).toEqual([]);
  expect(signal.aborted).toBe(true);
  expect(events).toEqual(['abort']);
  expect(signal.reason).toMatchObject({ code: 'LOCK_LOST' });
  expect(lock.held).toBe(false);
  expect(lock.remainingMs).toBe(0);
  expect(() => lock.assertHeld()).toThrow(expect.objectContaining({ code: 'LOCK_LOST' }));
  expect(await lock.release()).toBe('lost');
});

test.each([
  ['throwIfAborted', (signal: AbortSignal) => expect(() => signal.throwIfAborted()).toThrow()],
  ['reason', (signal: AbortSignal) => expect(signal.reason).toBeDefined()],
  ['AbortSignal.any', (signal: AbortSignal) => expect(AbortSignal.any([signal]).aborted).toBe(true)],
])('the signal is judged when read: %s', async (_what, read) => {
  const { client } = await start(shortTtl);
  const lock = await client.lock('job');
  stall(900);
  read(lock.signal);
});

test('a signal that is asked for after the loss has aborted with it, and is the same each time', async () => {
  const { client, node } = await start();
  const lock = await client.lock('job');
  node.expireSessions();
  await until(() => !lock.held);
  const { signal } = lock;
  expect(signal.reason).toMatchObject({ code: 'LOCK_LOST' });
  expect(AbortSignal.any([signal]).aborted).toBe(true);
  expect(lock.signal).toBe(signal);
});

test('a signal derived from the lock’s follows it', async () => {
  const { client, node } = await start();
  const lock = await client.lock('job');
  const derived = AbortSignal.any([lock.signal, new AbortController().signal]);
  expect(derived.aborted).toBe(false);
  node.expireSessions();
  await until(() => derived.aborted);
});

test('when nobody asks, the event comes with the next turn', async () => {
  const { client, node } = await start(shortTtl);
  const lock = await client.lock('job');
  const event = new Promise((resolve) => lock.signal.addEventListener('abort', resolve));
  node.answersKeepAlives = false;
  await event;
  expect(lock.held).toBe(false);
});

test('a transaction under a lock that is lost is not begun', async () => {
  const { client, node } = await start(shortTtl);
  const lock = await client.lock('job');
  expect(await client.txn({ if: [cond.lockHeld(lock)], then: [op.put('a', '1')] })).toMatchObject({ succeeded: true });
  stall(900);
  const error = await rejection(client.txn({ if: [cond.lockHeld(lock)], then: [op.put('a', '2')] }));
  expect(error).toMatchObject({ code: 'LOCK_LOST', outcome: 'not-applied' });
  expect(node.count('transaction')).toBe(1);
  // Plain data says nothing of its own: the service decides.
  await client.txn({ if: [cond.lockHeld({ name: 'job', token: lock.token })], then: [] });
  expect(node.count('transaction')).toBe(2);
});

test('a wait that is over its time gives its place up', async () => {
  const { client, node } = await start();
  const holder = await client.lock('job');
  const error = await rejection(client.lock('job', { timeoutMs: 30 }));
  expect(error).toMatchObject({ code: 'LOCK_TIMEOUT', outcome: 'not-applied', retryable: true });
  expect(node.count('lockCancel')).toBe(1);
  const next = client.lock('job');
  await holder.release();
  await (await next).release();
});

test('an aborted wait gives its place up', async () => {
  const { client } = await start();
  const holder = await client.lock('job');
  const controller = new AbortController();
  const waiting = rejection(client.lock('job', { signal: controller.signal }));
  controller.abort();
  expect(await waiting).toMatchObject({ name: 'AbortError', outcome: 'not-applied' });
  await holder.release();
  expect(await client.tryLock('job')).toBeDefined();
});

test('an abort after the acquisition does not end the lock', async () => {
  const { client } = await start();
  const controller = new AbortController();
  const lock = await client.lock('job', { signal: controller.signal });
  controller.abort();
  expect(lock.held).toBe(true);
});

test('withLock releases whatever the task does, and gives its value', async () => {
  const { client } = await start();
  expect(await client.withLock('job', (lock) => lock.held)).toBe(true);
  const lock = await client.tryLock('job');
  expect(lock).toBeDefined();
});

test('a release that masks the user’s error: the error of the task wins, also over the loss of the lock', async () => {
  const { client, node } = await start();
  const error = new Error('mine');
  await expect(client.withLock('job', () => Promise.reject(error))).rejects.toBe(error);
  const lost = client.withLock('job', async (lock) => {
    node.expireSessions();
    await until(() => !lock.held);
    throw error;
  });
  await expect(lost).rejects.toBe(error);
});

test('withLock: a task that resolved without the lock has failed', async () => {
  const { client } = await start(shortTtl);
  const error = await rejection(client.withLock('job', () => stall(900)));
  expect(error).toMatchObject({ code: 'LOCK_LOST', outcome: 'unknown' });
});

test('withLock: a task may release the lock itself', async () => {
  const { client } = await start();
  expect(await client.withLock('job', (lock) => lock.release())).toBe('released');
});

test('a release that cannot be told to the service rejects, and disposal does not', async () => {
  const { client, node } = await start();
  const lock = await client.lock('job');
  node.refusals.set('lockRelease', 'INTERNAL');
  expect(await rejection(lock.release())).toMatchObject({ code: 'INTERNAL' });
  await lock[Symbol.asyncDispose]();
});

test('await using releases', async () => {
  const { client, node } = await start();
  {
    await using lock = await client.lock('job');
    expect(lock.held).toBe(true);
  }
  expect(node.count('lockRelease')).toBe(1);
});

test('closing the client gives its locks up at once, and tells their holders', async () => {
  const { client, node } = await start();
  const lock = await client.lock('job');
  await client.close();
  expect(node.count('closeSession')).toBe(1);
  expect(lock.signal.aborted).toBe(true);
  expect(lock.held).toBe(false);
  expect(await lock.release()).toBe('lost');
});
