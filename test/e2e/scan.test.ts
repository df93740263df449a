import { afterAll, beforeAll, expect, it } from 'vitest';
import { cond, op } from '../../src/client/index.ts';
import { TestCluster } from '../../src/testing/cluster/test-cluster.ts';

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await TestCluster.start({ mode: 'processes', proxies: false });
}, 30_000);

afterAll(() => cluster?.close());

it('a scan goes on at its one revision while the node that answered it dies, and others write', async () => {
  const client = await cluster.connect();
  const created = await Promise.all(Array.from({ length: 60 }, () => client.createSequential('scan/', 'x')));
  const expected = created.map(({ key }) => key);
  expect([...expected].sort()).toEqual(expected);

  const seen: string[] = [];
  for await (const { key } of client.scan({ prefix: 'scan/' }, { pageSize: 10 })) {
    seen.push(key);
    if (seen.length === 15) await cluster.kill((await cluster.leader()).id);
    if (seen.length === 25) {
      // All in one revision that the scan does not see: a new key, and one gone that it has not come to yet.
      const last = expected.at(-1) ?? '';
      const inner = op.txn({ if: [cond.absent(last)], then: [op.put('scan/ahead', 'y')] });
      await client.txn({ if: [cond.exists(last)], then: [op.delete(last), inner] }, { timeoutMs: 10_000 });
    }
  }
  expect(seen).toEqual(expected);
  expect(await client.count({ prefix: 'scan/' })).toBe(60);
  expect((await client.get('scan/ahead'))?.text()).toBe('y');
}, 40_000);
