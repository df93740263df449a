import { describe, expect, it } from 'vitest';
import { Cluster } from './cluster.ts';

describe('a write', () => {
  it('through a follower goes to the leader, and is answered by that follower once it has applied it', () => {
    const cluster = Cluster.ready();
    const client = cluster.client('n2').open();
    const id = client.put('a', '1');
    cluster.settle();
    expect(client.outcome(id)).toBe('put');
    expect(client.result(id)?.revision).toBe(cluster.replica('n2').machine.revision);
    cluster.advance(100);
    expect(cluster.agrees).toBe(true);
  });
});
