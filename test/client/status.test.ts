import { expect, test } from 'vitest';
import type { ClientStatus } from '../../src/client/index.ts';
import { rejection, start, until } from './support.ts';

async function collect(feed: AsyncIterable<ClientStatus>, into: string[]): Promise<void> {
  for await (const { type } of feed) into.push(type);
}

test('the status is told from the current one to the end', async () => {
  const { client, node } = await start();
  const seen: string[] = [];
  const feed = collect(client.status(), seen);
  expect(client.state).toEqual({ type: 'connected', endpoint: node.address });
  await client.put('a', '1');
  node.dropConnections();
  await until(() => seen.length === 3);
  node.expireSessions();
  await until(() => seen.length === 4);
  await client.put('a', '2');
  await client.close();
  await feed;
  expect(seen).toEqual(['connected', 'switching', 'connected', 'expired', 'connected', 'closed']);
  expect(client.state).toEqual({ type: 'closed' });
});

test('whoever reads slowly gets the newest, and every expiry', async () => {
  const { client, node } = await start();
  const feed = client.status();
  for (let round = 0; round < 10; round++) {
    await client.put('a', '1');
    node.expireSessions();
    await until(() => client.state.type === 'expired');
  }
  await client.close();
  const seen: string[] = [];
  await collect(feed, seen);
  expect(seen.length).toBeLessThanOrEqual(17);
  expect(seen.filter((type) => type === 'expired')).toHaveLength(10);
  expect(seen.at(-1)).toBe('closed');
});

test('a signal ends the feed', async () => {
  const { client } = await start();
  const controller = new AbortController();
  const feed = rejection(collect(client.status({ signal: controller.signal }), []));
  controller.abort();
  expect(await feed).toMatchObject({ name: 'AbortError' });
});

test('the session that was lost stays lost; the next one has a handle of its own', async () => {
  const { client, node } = await start();
  const { session } = client;
  expect(session).toMatchObject({ id: '', state: 'active', remainingMs: 0 });
  await client.put('a', '1');
  const { id } = session;
  expect(id).toMatch(/^\d+$/);
  expect(session.remainingMs).toBeGreaterThan(9_000);
  node.expireSessions();
  await until(() => session.signal.aborted);
  expect(session).toMatchObject({ id, state: 'expired', remainingMs: 0 });
  expect(session.signal.reason).toMatchObject({ code: 'SESSION_EXPIRED' });
  expect(client.session).toBe(session);
  await client.put('a', '2');
  expect(client.session.id).not.toBe(id);
  expect(client.session.state).toBe('active');
  expect(session.state).toBe('expired');
});

test("with onExpiry 'close' the client is closed, and says so to every call", async () => {
  const { client, node } = await start({ session: { onExpiry: 'close' } });
  await client.put('a', '1');
  node.expireSessions();
  await until(() => client.state.type === 'closed');
  expect(await rejection(client.get('a'))).toMatchObject({ code: 'CLOSED', outcome: 'not-applied' });
  await client.close();
});
