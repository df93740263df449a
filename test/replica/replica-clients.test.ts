import { describe, expect, it } from 'vitest';
import { limits } from '../../src/wire/limits.ts';
import { Cluster } from './cluster.ts';
import { encode, none, put, single } from './driver.ts';
import { TestClient } from './test-client.ts';

const hello = { protocol: 1, clusterId: '', revision: none, client: '' };

/** A stream to a formed cluster of one, on which nothing has been said. */
function stream(): { readonly cluster: Cluster; readonly client: TestClient } {
  const cluster = Cluster.ready({ count: 1 });
  const client = new TestClient(cluster);
  client.attach('n1');
  return { cluster, client };
}

describe('a client is welcomed', () => {
  it('with cluster, node, leader and revision', () => {
    const { client } = stream();
    client.send({ hello });
    expect(client.welcome).toMatchObject({
      protocol: 1,
      clusterId: 'the cluster',
      nodeId: 'n1',
      leader: { nodeId: 'n1', address: 'n1:7101' },
      revision: 0,
    });
  });

  it('and told whenever another leader is known, or none', () => {
    const cluster = Cluster.ready();
    const client = cluster.client('n2');
    expect(client.leader).toEqual({ nodeId: 'n1', address: 'n1:7101' });
    cluster.isolate('n2');
    cluster.runUntil(() => client.leader?.nodeId === '');
    cluster.heal();
    cluster.runUntil(() => client.leader?.nodeId === 'n1');
    cluster.turn('n1', { type: 'transferLeadership', to: cluster.node('n3').nodeId });
    cluster.runUntil(() => client.leader?.nodeId === 'n3');
    expect(client.leader?.address).toBe('n3:7101');
  });
});

describe('a client is dismissed', () => {
  it.each([
    ['UNSUPPORTED', 'that speaks another protocol', { hello: { ...hello, protocol: 2 } }],
    ['CLUSTER_CHANGED', 'that knows another cluster', { hello: { ...hello, clusterId: 'another' } }],
    ['PROTOCOL_ERROR', 'that does not say hello', { keepAlives: [{ id: 1, sessions: [] }] }],
    ['PROTOCOL_ERROR', 'whose operation cannot be decoded', { hello, operations: [new Uint8Array([255])] }],
  ])('with %s: one %s', (code, _, frame) => {
    const { cluster, client } = stream();
    client.send(frame);
    expect(client.goodbye?.code).toBe(code);
    expect(client.isClosed).toBe(true);
    cluster.settle();
    expect(cluster.replica('n1').status().connections).toBe(0);
  });

  it('with PROTOCOL_ERROR: one that says hello twice', () => {
    const { client } = stream();
    client.send({ hello });
    client.send({ hello });
    expect(client.goodbye?.code).toBe('PROTOCOL_ERROR');
  });

  it('with UNAVAILABLE: one that comes before the cluster is formed', () => {
    const cluster = new Cluster();
    expect(cluster.client('n2').goodbye?.code).toBe('UNAVAILABLE');
  });

  it('with BUSY: one that takes no answers, and not before it has been refused reads for long', () => {
    const { cluster, client } = stream();
    client.send({ hello });
    client.open();
    client.answer(client.command({ ...put('a', ''), value: new Uint8Array(limits.valueBytes) }));
    client.reads = false;
    const reads = Array.from({ length: 40 }, () => client.get('a', 'stale'));
    const outcomes = reads.map((id) => client.outcome(id));
    expect(outcomes.filter((outcome) => outcome === 'get').length).toBeLessThan(18);
    expect(outcomes.at(-1)).toBe('BUSY');
    expect(client.goodbye).toBeUndefined();
    const command = { kind: 'transaction', if: [], then: [{ kind: 'get', key: put('a', '').key }], else: [] } as const;
    // Its one result again and again: of different ones, only 16 MiB may be unacknowledged.
    client.answer(client.command(command));
    for (let count = 0; count < 60; count += 1) client.numbered(2, command);
    cluster.advance(100);
    expect(client.goodbye?.code).toBe('BUSY');
    expect(cluster.replica('n1').status().connections).toBe(0);
  });
});

describe('an operation that is not valid', () => {
  it('is refused before it is queued, and the next ones are taken', () => {
    const { cluster, client } = stream();
    client.send({ hello });
    client.open();
    const invalid = client.numbered(1, put('', '1'));
    client.send({ operations: [encode({ kind: 'compact', revision: none }, undefined, 77)] });
    const valid = client.numbered(1, put('a', '1'));
    client.answer(valid);
    expect([invalid, 77, valid].map((id) => client.outcome(id))).toEqual(['INVALID_ARGUMENT', 'PROTOCOL_ERROR', 'put']);
    expect(cluster.replica('n1').status().pendingCommands).toBe(0);
  });
});

describe('a client that vanishes', () => {
  it('while there is no leader leaves nothing to be brought to the next one', () => {
    const cluster = Cluster.ready();
    cluster.isolate('n2');
    const client = cluster.client('n2');
    client.openSession();
    cluster.settle();
    expect(cluster.replica('n2').status().pendingCommands).toBe(1);
    client.disconnect();
    expect(cluster.replica('n2').status().pendingCommands).toBe(0);
    cluster.heal();
    cluster.advance(3_000);
    expect(cluster.replica('n1').machine.sessionCount).toBe(0);
  });

  it('at any moment leaves nothing behind', () => {
    const cluster = Cluster.ready({ leases: false });
    const holder = cluster.client('n1').open();
    holder.answer(holder.acquire('l'));
    const nothing = {
      connections: 0,
      watches: 0,
      laggingWatches: 0,
      waitingForLocks: 0,
      pendingCommands: 0,
      pendingReads: 0,
      queuedOperations: 0,
    };
    // After so many messages between the nodes.
    for (const messages of [0, 1, 2, 3, 4, 6, 8, 11, 15, 20, 26, 40]) {
      const client = cluster.client('n2').open();
      let passed = 0;
      cluster.hold(() => {
        passed += 1;
        return passed > messages;
      });
      client.acquire('l');
      const place = client.lastSequence;
      client.put('a', '1');
      client.get('a');
      client.read({ kind: 'get', key: put('a', '').key, revision: none, consistency: 'stale' }, client.seenRevision);
      client.keepAlive(1);
      client.watch(1, single('a'));
      client.watch(2, single('b'), 1_000);
      client.askForGrant('l', place);
      cluster.settle();
      client.disconnect();
      cluster.release();
      cluster.advance(800);
      expect(cluster.replica('n2').status()).toMatchObject(nothing);
    }
  });
});
