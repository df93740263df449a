import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Client, connect, type Lock } from '../../src/client/index.ts';
import { TestCluster } from '../../src/testing/cluster/test-cluster.ts';
import { Program } from './program.ts';

const ttlMs = 2_000;
let cluster: TestCluster;
let client: Client;
let other: Client;

beforeAll(async () => {
  cluster = await TestCluster.start({ mode: 'processes', proxies: false });
  client = await connect({ endpoints: cluster.endpoints });
  other = await connect({ endpoints: cluster.endpoints });
}, 30_000);

afterAll(async () => {
  await Promise.all([client?.close(), other?.close()]);
  await cluster?.close();
});

it('readers share a lock, a writer waits for them and keeps newcomers out', async () => {
  const [first, second] = [await client.lock('rw', { shared: true }), await other.lock('rw', { shared: true })];
  expect([first.mode, second.token]).toEqual(['shared', first.token]);
  const writing = client.lock('rw');
  await expect.poll(async () => (await client.locks.get('rw')).waiterCount).toBe(1);
  expect(await other.tryLock('rw', { shared: true })).toBeUndefined();
  await first.release();
  await second.release();
  await using writer = await writing;
  expect(writer.token).toBeGreaterThan(first.token);
  expect(await client.locks.verifyToken('rw', writer.token)).toBe(true);
  expect(await client.locks.verifyToken('rw', first.token)).toBe(false);
});

it('there are as many permits as are asked for', async () => {
  const permits = await Promise.all([1, 2].map(() => client.permit('pool', { permits: 2 })));
  expect(new Set(permits.map(({ id }) => id)).size).toBe(2);
  expect(await other.tryPermit('pool', { permits: 2 })).toBeUndefined();
  const done = other.withPermit('pool', ({ held }) => held, { permits: 2 });
  await permits[0]?.release();
  expect(await done).toBe(true);
  await permits[1]?.release();
  expect(await client.locks.get('pool')).toMatchObject({ holderCount: 0, waiterCount: 0 });
});

it('several locks are taken in any order without a deadlock, all or none', async () => {
  let working = 0;
  const work = async (by: Client, names: string[]): Promise<readonly string[]> => {
    await using lock = await by.lockAll(names);
    working += 1;
    expect(working).toBe(1);
    expect((await by.locks.holder('y'))?.token).toBe(lock.token);
    working -= 1;
    return lock.names;
  };
  const rounds = Array.from({ length: 10 }, (_, at) =>
    at % 2 === 0 ? work(client, ['x', 'y']) : work(other, ['y', 'z', 'x']),
  );
  expect((await Promise.all(rounds))[1]).toEqual(['x', 'y', 'z']);
  await using held = await client.lock('y');
  expect(held.held).toBe(true);
  expect(await other.tryLockAll(['x', 'y'])).toBeUndefined();
  expect((await client.locks.get('x')).holderCount).toBe(0);
});

it('a note is read by others; an operator takes the lock away, and its holder learns it', async () => {
  await using lock = await client.lock('noted', { note: 'begins' });
  await lock.setNote('goes on');
  const [holder] = (await other.locks.get('noted')).holders;
  expect(holder).toMatchObject({ noteText: 'goes on', token: lock.token, session: client.session.id });
  const lost = new Promise((resolve) => lock.signal.addEventListener('abort', resolve));
  expect(await other.locks.forceRelease('noted', lock.token)).toMatchObject({ released: 1 });
  await lost;
  expect(lock.held).toBe(false);
  expect(await lock.release()).toBe('lost');
  await expect(lock.setNote('late')).rejects.toMatchObject({ code: 'LOCK_LOST', outcome: 'not-applied' });
  await using next: Lock = await other.lock('noted');
  expect(next.token).toBeGreaterThan(lock.token);
});

it('after the death of its holder a lock with a delay stays closed for so long, and not after a release', async () => {
  const delayMs = 1_500;
  using program = new Program('delayed-holder.mjs', [cluster.endpoints.join(','), String(ttlMs), String(delayMs)]);
  await program.next('acquired');
  program.signal('SIGKILL');
  let askedMs = performance.now();
  for (
    let closedMs = askedMs;
    (await client.locks.get('delayed')).delay?.delayMs !== delayMs;
    closedMs = performance.now()
  ) {
    askedMs = closedMs;
  }
  await using lock = await client.lock('delayed', { delayMs });
  expect(performance.now() - askedMs).toBeGreaterThan(delayMs);
  await lock.release();
  const again = await other.tryLock('delayed');
  expect(again?.held).toBe(true);
  await again?.release();
}, 30_000);
