import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Client, ConclaveError } from '../../src/client/index.ts';
import { directory } from '../../src/recipes/directory.ts';
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

test('a resolver knows all that are registered from the beginning, and follows', async () => {
  const service = directory(client, 'mail');
  const first = await service.register({ id: 'm1', address: 'http://10.0.0.1', weight: 2, metadata: { zone: 'a' } });
  await using resolver = await service.resolve();
  expect(resolver.instances).toMatchObject([
    { id: 'm1', address: 'http://10.0.0.1', weight: 2, metadata: { zone: 'a' } },
  ]);
  const second = await service.register({ address: 'http://10.0.0.2' });
  await waitFor('the second', () => resolver.instances.length === 2, { timeoutMs: 5_000 });
  expect(resolver.instances[1]).toMatchObject({ id: second.id, weight: 1, metadata: {} });
  await first.update({ weight: 3 });
  await waitFor('the weight', () => resolver.instances[0]?.weight === 3, { timeoutMs: 5_000 });
  expect(resolver.instances[0]).toMatchObject({ address: 'http://10.0.0.1', metadata: { zone: 'a' } });
  const seen: number[] = [];
  const following = (async () => {
    for await (const instances of resolver.changes()) {
      seen.push(instances.length);
      if (instances.length === 0) break;
    }
  })();
  await first.deregister();
  await second.deregister();
  await following;
  expect(seen[0]).toBe(2);
  expect(resolver.pick()).toBeUndefined();
  expect(await recipeRejection(resolver.call(() => 0))).toMatchObject({ code: 'NO_INSTANCE' });
});

test('an instance that fails is isolated and tried again later, and another run of it is not blamed', async () => {
  let nowMs = 0;
  const service = directory(client, 'flaky');
  const bad = await service.register({ id: 'bad', address: 'bad' });
  await service.register({ id: 'good', address: 'good' });
  await using resolver = await service.resolve({ failures: 2, isolationMs: 1_000, clock: () => nowMs });
  const called: string[] = [];
  const call = async () => {
    const answered = resolver.call(({ address }) => {
      called.push(address);
      if (address === 'bad') throw new Error('down');
      return 'up';
    });
    await answered.catch(() => undefined);
  };
  for (let count = 0; count < 8; count++) await call();
  expect(called.filter((address) => address === 'bad')).toHaveLength(2);
  expect(resolver.isolated.map(({ id }) => id)).toEqual(['bad']);
  nowMs = 1_000;
  for (let count = 0; count < 4; count++) await call();
  expect(called.filter((address) => address === 'bad')).toHaveLength(3);
  nowMs = 2_999;
  await call();
  expect(called.filter((address) => address === 'bad')).toHaveLength(3);
  await bad.update({ address: 'elsewhere' });
  await waitFor('the news', () => resolver.instances.some(({ address }) => address === 'elsewhere'), {
    timeoutMs: 5_000,
  });
  expect(resolver.isolated).toEqual([]);
});

test('if all are isolated, the one that is tried again first is called all the same', async () => {
  let nowMs = 0;
  const service = directory(client, 'all-down');
  for (const id of ['a', 'b']) await service.register({ id, address: id });
  await using resolver = await service.resolve({ failures: 1, clock: () => nowMs });
  resolver.pick()?.done('failed');
  nowMs = 10;
  resolver.pick()?.done('failed');
  expect(resolver.isolated).toHaveLength(2);
  expect(resolver.pick()?.instance.id).toBe('a');
});

test('requests and connections are counted until they are done, once', async () => {
  const service = directory(client, 'counted');
  for (const id of ['a', 'b']) await service.register({ id, address: id });
  await using byRequests = await service.resolve({ strategy: 'leastRequests', random: () => 0 });
  const first = byRequests.pick();
  const second = byRequests.pick();
  expect([first?.instance.id, second?.instance.id]).toEqual(['a', 'b']);
  first?.done('succeeded');
  first?.done('succeeded');
  expect(byRequests.pick()?.instance.id).toBe('a');
  await using byConnections = await service.resolve({ strategy: 'leastConnections', random: () => 0 });
  {
    using open = byConnections.connect();
    expect(open?.instance.id).toBe('a');
    expect(byConnections.connect()?.instance.id).toBe('b');
  }
  expect(byConnections.connect()?.instance.id).toBe('a');
});

test('refuses what cannot be registered or resolved', async () => {
  const service = directory(client, 'wrong');
  expect(await rejection(service.register({ address: '' }))).toMatchObject({ code: 'INVALID_ARGUMENT' });
  expect(await rejection(service.register({ address: 'a', weight: -1 }))).toMatchObject({ code: 'INVALID_ARGUMENT' });
  expect(await rejection(service.resolve({ failures: 0 }))).toMatchObject({ code: 'INVALID_ARGUMENT' });
  expect(await rejection(service.resolve({ strategy: 'best' as 'random' }))).toMatchObject({
    code: 'INVALID_ARGUMENT',
  });
});

test('no instance is missed that registers while a resolver is opened (the race on the initial load, of Curator)', async () => {
  const service = directory(client, 'race');
  const ids = Array.from({ length: 20 }, (_, index) => `i${index}`);
  const registering = ids.map((id) => service.register({ id, address: id }));
  const resolvers = await Promise.all(ids.map(() => service.resolve()));
  await Promise.all(registering);
  const hasAll = () => resolvers.every(({ instances }) => instances.length === ids.length);
  await waitFor('all to know all', hasAll, { timeoutMs: 5_000 });
  for (const resolver of resolvers) await resolver.close();
});

test('what was refused of an instance is not told with the next update, and what comes later is', async () => {
  const own = await cluster.connect();
  const service = directory(own, 'refusing');
  const registration = await service.register({ id: 'i', address: 'here' });
  await using resolver = await directory(client, 'refusing').resolve();
  const tooLong = registration.update({ metadata: { text: 'x'.repeat(2 ** 20) } });
  const [refused] = await Promise.all([rejection(tooLong), registration.update({ weight: 2 })]);
  expect(refused).toMatchObject({ code: 'VALUE_TOO_LARGE' });
  const { txn } = own;
  own.txn = () => Promise.reject(new ConclaveError('UNAVAILABLE', 'no leader'));
  expect(await rejection(registration.update({ address: 'there' }))).toMatchObject({ outcome: 'unknown' });
  own.txn = txn;
  await registration.update({ weight: 3 });
  await waitFor('the update', () => resolver.instances[0]?.weight === 3, { timeoutMs: 5_000 });
  expect(resolver.instances[0]).toMatchObject({ address: 'there', metadata: {} });
});
