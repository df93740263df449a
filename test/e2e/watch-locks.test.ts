import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Client, connect, type LockEvent } from '../../src/client/index.ts';
import { TestCluster } from '../../src/testing/cluster/test-cluster.ts';
import { waitFor } from '../../src/testing/cluster/wait-for.ts';

let cluster: TestCluster;
let watcher: Client;

beforeAll(async () => {
  cluster = await TestCluster.start({ mode: 'processes', proxies: false });
  watcher = await connect({ endpoints: cluster.endpoints });
}, 30_000);

afterAll(async () => {
  await watcher?.close();
  await cluster?.close();
});

it('who leads is told without a gap or a repetition, through the death of a node', async () => {
  const { endpoints } = cluster;
  const candidates = await Promise.all(['a', 'b'].map((name) => connect({ endpoints, session: { name } })));
  await using watch = await watcher.watchLock('leader', { initial: true });
  const seen: LockEvent[] = [];
  const loop = (async () => {
    for await (const batch of watch) seen.push(...batch.events);
  })();

  const tokens: number[] = [];
  const reign = async (candidate: Client) => {
    for (let turn = 0; turn < 10; turn += 1) {
      await candidate.withLock('leader', async (lock) => {
        tokens.push(lock.token);
      });
    }
  };
  await Promise.all(candidates.map(reign));
  await (await cluster.leader()).kill();
  await Promise.all(candidates.map(reign));
  const reigns = () => [...new Set(seen.flatMap(({ holders }) => holders.map(({ token }) => token)))];
  await waitFor('every reign', () => reigns().length >= tokens.length, { timeoutMs: 10_000 });
  expect(reigns()).toEqual(tokens);
  expect(seen[0]).toMatchObject({ type: 'lock', name: 'leader', holders: [], waiterCount: 0 });
  // No two events in a row say the same.
  expect(seen.filter((event, at) => at > 0 && JSON.stringify(event) === JSON.stringify(seen[at - 1]))).toEqual([]);
  await watch[Symbol.asyncDispose]();
  await loop;
  for (const candidate of candidates) await candidate.close();
}, 40_000);
