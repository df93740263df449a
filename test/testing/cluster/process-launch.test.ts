import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { TestCluster } from '../../../src/testing/cluster/test-cluster.ts';

test('a node can be run by another program, and with variables of its own, until it ends', async () => {
  await using cluster = await TestCluster.start({ mode: 'processes', nodes: 1 });
  const node = cluster.node('n1');
  const environment = async (): Promise<readonly string[]> =>
    (await readFile(`/proc/${node.pid}/environ`, 'utf8')).split('\0');
  await node.stop();
  await node.start({ prefix: ['env', 'BY_PREFIX=yes'], environment: { BY_LAUNCH: 'yes' } });
  expect(await environment()).toEqual(expect.arrayContaining(['BY_PREFIX=yes', 'BY_LAUNCH=yes']));
  await cluster.leader();
  await cluster.restart('n1');
  expect((await environment()).filter((variable) => variable.startsWith('BY_'))).toEqual([]);
});
