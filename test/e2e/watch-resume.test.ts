import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Client, connect } from '../../src/client/index.ts';
import { TestCluster } from '../../src/testing/cluster/test-cluster.ts';
import { waitFor } from '../../src/testing/cluster/wait-for.ts';

let cluster: TestCluster;
let writer: Client;

beforeAll(async () => {
  cluster = await TestCluster.start({ mode: 'processes', proxies: false });
  writer = await connect({ endpoints: cluster.endpoints });
}, 30_000);

afterAll(async () => {
  await writer?.close();
  await cluster?.close();
});

it('a watcher on a follower that is killed goes on elsewhere, without a gap or a repetition', async () => {
  const leader = await cluster.leader();
  // The leader is not among the endpoints: the watcher stays on followers.
  const followers = cluster.nodes.filter((node) => node !== leader);
  await using client = await connect({ endpoints: followers.map(({ address }) => address) });
  const connectedTo = client.state.type === 'connected' ? client.state.endpoint : undefined;
  const follower = followers.find(({ address }) => address === connectedTo);
  if (follower === undefined) throw new Error(`connected to ${connectedTo}, which is no follower`);

  await using watch = await client.watch({ prefix: 'seen/' });
  const seen: string[] = [];
  const loop = (async () => {
    for await (const batch of watch) for (const event of batch.events) seen.push(event.key);
  })();

  const written: string[] = [];
  const write = async (count: number) => {
    for (let index = 0; index < count; index += 1) {
      const key = `seen/${String(written.length).padStart(4, '0')}`;
      await writer.put(key, 'x');
      written.push(key);
    }
  };
  await write(100);
  await waitFor('the first events', () => seen.length > 0, { timeoutMs: 5_000 });
  await Promise.all([follower.kill(), write(200)]);
  await write(100);
  await waitFor('every event', () => seen.length >= written.length, { timeoutMs: 10_000 });
  expect(seen).toEqual(written);
  await watch[Symbol.asyncDispose]();
  await loop;
}, 40_000);
