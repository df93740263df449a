import { expect, onTestFinished, test, vi } from 'vitest';
import { ClientCore } from '../../src/client/core/client-core.ts';
import { AssertionFailure } from '../../src/wire/assert.ts';
import { rejection, start, until } from './support.ts';

test('a client that finds a fault in itself trusts nothing any more: it is closed, and its locks are lost', async () => {
  const { client, node } = await start();
  const lock = await client.lock('job');
  const watch = await client.watch('a');
  const next = rejection(watch[Symbol.asyncIterator]().next());
  const { session } = client;
  node.silentOn.add('put');
  const pending = rejection(client.put('a', '1'));
  await until(() => node.count('put') === 1);
  const step = vi.spyOn(ClientCore.prototype, 'step').mockImplementation(() => {
    throw new AssertionFailure('broken');
  });
  onTestFinished(() => step.mockRestore());
  expect(lock.held).toBe(false);
  expect(lock.signal.aborted).toBe(true);
  expect(session.signal.aborted).toBe(true);
  expect(session.state).toBe('expired');
  const error = await pending;
  expect(error).toMatchObject({ code: 'INTERNAL', outcome: 'unknown' });
  expect(error.cause).toBeInstanceOf(AssertionFailure);
  expect(await next).toMatchObject({ code: 'INTERNAL' });
  expect(client.state).toEqual({ type: 'closed' });
  expect(await rejection(client.get('a'))).toMatchObject({ code: 'CLOSED' });
  expect(await lock.release()).toBe('lost');
  await client.close();
  await until(() => node.connectionCount === 0);
});

test('what a listener does while the client is at work comes after that work', async () => {
  const { client, node } = await start();
  const lock = await client.lock('job');
  const seen: unknown[] = [];
  const calls: Promise<unknown>[] = [];
  lock.signal.addEventListener('abort', () => {
    seen.push(lock.held, client.session.state, lock.signal.aborted);
    calls.push(client.put('a', '1'));
  });
  const pending = client.put('b', '1').catch(() => undefined);
  node.expireSessions();
  await until(() => calls.length === 1);
  await Promise.all([pending, ...calls]);
  expect(seen[0]).toBe(false);
  expect(seen[2]).toBe(true);
  expect((await client.get('a'))?.text()).toBe('1');
});
