import { describe, expect, it } from 'vitest';
import { utf8Bytes } from '../../src/wire/bytes.ts';
import type { Revision } from '../../src/wire/identifiers.ts';
import { Cluster } from './cluster.ts';

describe.each([true, false])('a linearizable read (leases: %s)', (leases) => {
  it('on any node sees what was acknowledged on any other before', () => {
    const cluster = Cluster.ready({ leases });
    const writer = cluster.client('n3').open();
    const readers = ['n1', 'n2', 'n3'].map((nodeId) => cluster.client(nodeId));
    for (const value of ['1', '2', '3']) {
      writer.answer(writer.put('a', value));
      for (const reader of readers) {
        const id = reader.get('a');
        reader.answer(id);
        expect(reader.found(id)).toBe(value);
      }
    }
  });

  it('on a follower that is behind waits until it has caught up', () => {
    const cluster = Cluster.ready({ leases });
    const writer = cluster.client('n1').open();
    const reader = cluster.client('n2');
    // n2 hears from its leader, but not what is written.
    cluster.hold(({ to, message }) => to === 'n2' && (message.type === 'accept' || message.type === 'learn'));
    writer.answer(writer.put('a', '1'));
    const id = reader.get('a');
    cluster.advance(100);
    expect(reader.result(id)).toBeUndefined();
    cluster.release();
    cluster.settle();
    expect(reader.found(id)).toBe('1');
  });
});

describe('a linearizable read', () => {
  it('on a follower is not answered by what the leader said to an earlier boot', () => {
    const cluster = Cluster.ready();
    const writer = cluster.client('n1').open();
    writer.answer(writer.put('a', 'old'));
    cluster.advance(1_500);
    const early = cluster.client('n2');
    cluster.hold(({ to, message }) => to === 'n2' && message.type === 'readPointAnswer');
    early.get('a');
    cluster.settle();
    expect(cluster.held.length).toBe(1);
    cluster.crash('n2');
    cluster.start('n2');
    cluster.runUntil(() => cluster.replica('n2').paxos.leader === 'n1' && cluster.agrees);
    // From now on n2 is cut off, but for the late answer.
    cluster.isolate('n2');
    writer.answer(writer.put('a', 'new'));
    const late = cluster.client('n2');
    const id = late.get('a');
    cluster.settle();
    cluster.release();
    cluster.advance(300);
    expect(late.found(id)).toBeUndefined();
  });
});

describe('a stale read', () => {
  it('is answered at once, without a leader', () => {
    const cluster = Cluster.ready();
    const writer = cluster.client('n2').open();
    writer.answer(writer.put('a', '1'));
    cluster.advance(100);
    cluster.isolate('n3');
    writer.answer(writer.put('a', '2'));
    const reader = cluster.client('n3');
    const id = reader.get('a', 'stale');
    cluster.settle();
    expect(reader.found(id)).toBe('1');
  });

  it('never shows a client what was before that which it has seen elsewhere', () => {
    const cluster = Cluster.ready();
    const client = cluster.client('n2').open();
    client.answer(client.put('a', '1'));
    cluster.advance(100);
    cluster.isolate('n3');
    client.answer(client.put('a', '2'));
    client.reconnect('n3');
    // Even if the read does not say so: the hello did.
    const body = { kind: 'get', key: utf8Bytes('a'), revision: 0 as Revision, consistency: 'stale' } as const;
    const ids = [client.get('a', 'stale'), client.read(body, 0 as Revision)];
    cluster.advance(400);
    expect(ids.map((id) => client.result(id))).toEqual([undefined, undefined]);
    cluster.advance(300);
    expect(ids.map((id) => client.outcome(id))).toEqual(['NODE_BEHIND', 'NODE_BEHIND']);
    const again = client.get('a', 'stale');
    cluster.heal();
    cluster.runUntil(() => client.result(again) !== undefined);
    expect(client.found(again)).toBe('2');
  });
});
