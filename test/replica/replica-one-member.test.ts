import { describe, expect, it } from 'vitest';
import { Cluster } from './cluster.ts';

describe.each([true, false])('a cluster of one (leases: %s)', (leases) => {
  it('answers a write when it is on the disk, and a read without delay', () => {
    const cluster = Cluster.ready({ count: 1, leases });
    const client = cluster.client('n1').open();
    cluster.holdDisk('n1');
    const write = client.put('a', '1');
    cluster.advance(200);
    expect(client.result(write)).toBeUndefined();
    cluster.releaseDisk('n1');
    cluster.settle();
    expect(client.outcome(write)).toBe('put');
    const read = client.get('a');
    expect(client.found(read)).toBe('1');
    client.keepAlive(1);
    expect(client.takeKeepAlives()).toEqual([{ id: 1, alive: [client.session?.sessionId], ended: [] }]);
  });

  it('has everything again after a restart', () => {
    const cluster = Cluster.ready({ count: 1, leases });
    const client = cluster.client('n1').open();
    client.answer(client.put('a', '1'));
    const { revision } = cluster.replica('n1').machine;
    cluster.crash('n1');
    cluster.start('n1');
    cluster.runUntil(() => cluster.leader === 'n1');
    expect(cluster.replica('n1').machine.revision).toBe(revision);
    client.connect('n1');
    const read = client.get('a');
    client.answer(read);
    expect(client.found(read)).toBe('1');
    const id = client.put('a', '2');
    client.answer(id);
    expect(client.outcome(id)).toBe('put');
  });
});
