import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { rejection, start, until } from './support.ts';

test('a signal that is aborted already keeps the call from being made', async () => {
  const { client, node } = await start();
  const reason = new Error('enough');
  const error = await rejection(client.put('a', '1', { signal: AbortSignal.abort(reason) }));
  expect(error).toMatchObject({ name: 'AbortError', code: 'ABORTED', outcome: 'not-applied', cause: reason });
  expect(node.count('put')).toBe(0);
});

test('a signal ends a call under way; what was sent may have an effect', async () => {
  const { client, node } = await start();
  node.silentOn.add('put');
  const controller = new AbortController();
  const call = rejection(client.put('a', '1', { signal: controller.signal }));
  await until(() => node.count('put') === 1);
  controller.abort();
  expect(await call).toMatchObject({ name: 'AbortError', code: 'ABORTED', outcome: 'unknown' });
  expect((await call).cause).toBe(controller.signal.reason);
});

test('no listener is left on the signal', async () => {
  const { client } = await start();
  const { signal } = new AbortController();
  await client.put('a', '1', { signal });
  await rejection(client.put('', '1', { signal }));
  const watch = await client.watch('a', { signal });
  await watch[Symbol.asyncDispose]();
  const lock = await client.lock('a', { signal });
  await lock.release();
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('every call has a deadline', async () => {
  const { client, node } = await start();
  await client.put('a', '0'); // so that there is a session
  for (const kind of ['put', 'get', 'transaction', 'lockAcquire', 'counterAdd'] as const) node.silentOn.add(kind);
  const errors = await Promise.all([
    rejection(client.put('a', '1', { timeoutMs: 200 })),
    rejection(client.get('a', { timeoutMs: 200 })),
    rejection(client.txn({ if: [], then: [] }, { timeoutMs: 200 })),
    rejection(client.tryLock('a', { timeoutMs: 200 })),
    rejection(client.counter('a').next({ timeoutMs: 200 })),
  ]);
  expect(errors.map(({ code, outcome }) => `${code} ${outcome}`)).toEqual([
    'TIMEOUT unknown',
    'TIMEOUT not-applied',
    'TIMEOUT unknown',
    'TIMEOUT unknown',
    'TIMEOUT unknown',
  ]);
  expect(errors.every(({ retryable }) => retryable)).toBe(true);
});

test('if the cluster has no leader, the error says so', async () => {
  const { client, node } = await start();
  node.refusals.set('put', 'NOT_LEADER');
  node.refusals.set('openSession', 'NOT_LEADER');
  const error = await rejection(client.put('a', '1', { timeoutMs: 1_000 }));
  expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'not-applied', message: 'the cluster has no leader' });
});

test('after a broken connection, calls are answered on the next one', async () => {
  const { client, node } = await start();
  await client.put('a', '1');
  node.silentOn.add('put');
  const call = client.put('a', '2');
  await until(() => node.count('put') === 2);
  node.silentOn.clear();
  node.dropConnections();
  await call;
  expect((await client.get('a'))?.text()).toBe('2');
});
