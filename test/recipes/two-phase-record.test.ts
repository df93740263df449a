import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Client } from '../../src/client/index.ts';
import { TransactionRecords } from '../../src/recipes/two-phase-record.ts';
import { TestCluster } from '../../src/testing/cluster/test-cluster.ts';

let cluster: TestCluster;
let client: Client;

beforeAll(async () => {
  cluster = await TestCluster.start({ nodes: 1, proxies: false });
  client = await cluster.connect();
});

afterAll(() => cluster.close());

test('a decision is made once, and only under the lock that is held, by the judgement of the service', async () => {
  const records = new TransactionRecords(client, 'transfers');
  const lock = await client.lock(records.lockName('t'));
  const record = { state: 'preparing', payloads: { debit: { amount: 1 } } } as const;
  expect(await records.begin(lock, 't', record.payloads)).toBe(true);
  // What a coordinator has in hand that does not know yet that its lock is gone.
  const { name, token } = lock;
  await lock.release();
  expect(await records.decide({ name, token }, 't', record, 'committing')).toBe(false);
  expect(await records.read('t')).toEqual(record);
  const survivor = await client.lock(records.lockName('t'));
  expect(await records.decide(survivor, 't', record, 'rollingBack')).toBe(true);
  expect(await records.decide(survivor, 't', record, 'committing')).toBe(false);
  expect(await records.read('t')).toEqual({ ...record, state: 'rollingBack' });
  await records.end(survivor, 't');
  expect(await records.read('t')).toBeUndefined();
});
