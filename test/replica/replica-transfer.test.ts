import { describe, expect, it } from 'vitest';
import { Cluster } from './cluster.ts';

describe('commands while leadership is handed over', () => {
  it('wait, and then are answered once, in order', () => {
    const cluster = Cluster.ready();
    const clients = cluster.nodes.map(({ nodeId }) => cluster.client(nodeId).open());
    const ids = clients.map((): number[] => []);
    for (let round = 0; round < 40; round += 1) {
      for (const [index, client] of clients.entries()) ids[index]?.push(client.add(`c${index}`));
      if (round === 10) cluster.turn('n1', { type: 'transferLeadership', to: cluster.node('n2').nodeId });
      if (round === 25) cluster.turn(cluster.leader ?? 'n2', { type: 'transferLeadership', to: undefined });
      cluster.advance(10);
    }
    for (const [index, client] of clients.entries()) {
      const own = ids[index] ?? [];
      cluster.runUntil(() => own.every((id) => client.result(id) !== undefined), 3_000);
      const drawn = own.map((id) => client.result(id)?.body);
      expect(drawn).toEqual(
        own.map((_, at) => ({ kind: 'counterBlock', first: BigInt(at + 1), last: BigInt(at + 1) })),
      );
    }
    expect(cluster.replica(cluster.leader ?? '').paxos.ballot.round).toBeGreaterThanOrEqual(3);
    cluster.advance(200);
    expect(cluster.agrees).toBe(true);
  });
});
