import { expect, test } from 'vitest';
import { requestMemberChange } from '../../../src/rpc/admin-client.ts';
import { TestCluster } from '../../../src/testing/cluster/test-cluster.ts';
import { waitFor } from '../../../src/testing/cluster/wait-for.ts';

test('a further node waits until it is made a member, and is none of the cluster when it was dismissed', async () => {
  await using cluster = await TestCluster.start({ proxies: false });
  const node = await cluster.join('n4');
  expect(cluster.nodes.map(({ id }) => id)).toEqual(['n1', 'n2', 'n3', 'n4']);
  expect(await node.report()).toMatchObject({ clusterId: '', state: 'forming' });
  const ask = async (change: object) => {
    const { address } = await cluster.leader();
    return await requestMemberChange(address, { nodeId: 'n4', ...change }, { timeoutMs: 10_000 });
  };
  // As soon as it has greeted.
  const add = { address: node.address, learner: true, replaces: '' };
  const slot = await waitFor('n4 to be taken in', () => ask({ add }).catch(() => undefined), { timeoutMs: 10_000 });
  expect(slot).toBeGreaterThan(0);
  await cluster.converged();
  expect((await node.report())?.members.at(-1)).toMatchObject({ nodeId: 'n4', standing: 'LEARNER' });
  expect(await ask({ remove: {} })).toBeGreaterThan(0);
  await cluster.dismiss('n4');
  expect(() => cluster.node('n4')).toThrow('no node n4');
  await cluster.converged();
});

test('a name that is there is refused, and no link of the others leads to a node that has joined', async () => {
  await using cluster = await TestCluster.start();
  await expect(cluster.join('n1')).rejects.toThrow('there is a node n1');
  await cluster.join('n4');
  expect(() => cluster.isolate('n4')).toThrow('no node n4');
  cluster.partition([['n1', 'n2', 'n3']]);
});
