import { expect, onTestFinished, test } from 'vitest';
import { type Client, op } from '../../src/client/index.ts';
import { TestCluster } from '../../src/testing/cluster/test-cluster.ts';

async function startCluster(): Promise<TestCluster> {
  const cluster = await TestCluster.start({ proxies: false });
  onTestFinished(() => cluster.close());
  return cluster;
}

async function increment(client: Client): Promise<void> {
  await client.transact(
    async (transaction) => {
      const count = Number((await transaction.get('count'))?.text() ?? 0);
      transaction.put('count', String(count + 1));
    },
    { attempts: 1_000, timeoutMs: 25_000 },
  );
}

test('no update is lost when eight clients increment one key at once, nor is one made twice', async () => {
  const cluster = await startCluster();
  const clients = await Promise.all(Array.from({ length: 8 }, () => cluster.connect()));
  const rounds = clients.map(async (client) => {
    for (let round = 0; round < 5; round++) await increment(client);
  });
  await Promise.all(rounds);
  expect((await clients[0]?.get('count'))?.text()).toBe('40');
});

test('a snapshot never shows half of a revision, while the leader is killed', async () => {
  const cluster = await startCluster();
  const [writer, reader] = [await cluster.connect(), await cluster.connect()];
  await writer.txn({ if: [], then: [op.put('left', '50'), op.put('right', '50')] });
  let writing = true;
  const write = (async () => {
    for (let left = 0; writing; left = (left + 7) % 100) {
      const then = [op.put('left', String(left)), op.put('right', String(100 - left))];
      await writer.txn({ if: [], then }, { timeoutMs: 20_000 });
    }
  })();
  const sums = new Set<number>();
  const revisions: number[] = [];
  const read = async (times: number) => {
    for (let round = 0; round < times; round++) {
      const { value, revision } = await reader.transact(
        async (transaction) => {
          const left = await transaction.get('left');
          const right = await transaction.get('right');
          return Number(left?.text()) + Number(right?.text());
        },
        { timeoutMs: 20_000 },
      );
      sums.add(value);
      revisions.push(revision);
    }
  };
  await read(30);
  const leader = await cluster.leader();
  await cluster.kill(leader.id);
  await read(30);
  await cluster.start(leader.id);
  writing = false;
  await write;
  expect([...sums]).toEqual([100]);
  expect(revisions).toEqual([...revisions].sort((a, b) => a - b));
});
