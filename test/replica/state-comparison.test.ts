import { expect, test } from 'vitest';
import { replicaLimits } from '../../src/replica/limits.ts';
import { Cluster } from './cluster.ts';

const idleMs = replicaLimits.hashAfterIdleMs;

/** Three nodes that have applied the same slots, and in which nothing is written any more. */
function restingCluster(): Cluster {
  const cluster = Cluster.ready();
  const client = cluster.client('n1').open();
  client.answer(client.put('a', 'written'));
  cluster.advance(100);
  const slots = cluster.nodes.map(({ replica }) => replica.machine.appliedSlot);
  expect(new Set(slots).size).toBe(1);
  expect(slots[0]).toBeLessThan(replicaLimits.hashEverySlots);
  return cluster;
}

/** As a fault of the memory or of the program would: the hash is what is compared. */
function diverge(cluster: Cluster, nodeId: string): void {
  Object.defineProperty(cluster.replica(nodeId).machine, 'hash', { get: () => `the state of ${nodeId}` });
}

function alarmsOf(cluster: Cluster, nodeId: string): string[] {
  return cluster
    .node(nodeId)
    .effects.flatMap((effect) => (effect.type === 'notice' && effect.code === 'state-diverged' ? [effect.text] : []));
}

test('nodes at rest compare their states: the one that a majority contradicts halts and names the slot', () => {
  const cluster = restingCluster();
  diverge(cluster, 'n3');
  const slot = cluster.replica('n3').machine.appliedSlot;
  cluster.advance(idleMs + 200);
  expect(cluster.node('n3').halt?.reason).toContain(
    `the state of this node after slot ${slot} has the hash the state of n3`,
  );
  expect(cluster.node('n3').halt?.code).toBe('STATE_DIVERGED');
  for (const nodeId of ['n1', 'n2']) {
    expect(cluster.node(nodeId).halt).toBeUndefined();
    expect(alarmsOf(cluster, nodeId)).toEqual([]);
  }
});

test('without a majority for any state each node raises the alarm, and none halts', () => {
  const cluster = restingCluster();
  diverge(cluster, 'n2');
  diverge(cluster, 'n3');
  cluster.advance(idleMs + 200);
  for (const { nodeId, halt } of cluster.nodes) {
    expect(halt).toBeUndefined();
    expect(alarmsOf(cluster, nodeId)).toEqual([
      expect.stringMatching(/differ and no majority agrees: n1 [0-9a-f]{16}, n2 the state of n2, n3 the state of n3$/),
    ]);
  }
});

test('a node that was away for the comparison is told of it, and compares when it has come to that slot', () => {
  const cluster = restingCluster();
  cluster.crash('n3');
  cluster.advance(idleMs + 200);
  cluster.start('n3');
  diverge(cluster, 'n3');
  cluster.advance(idleMs + 2_500);
  expect(cluster.node('n3').halt?.code).toBe('STATE_DIVERGED');
});
