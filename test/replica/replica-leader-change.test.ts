import { describe, expect, it } from 'vitest';
import type { ResultBody } from '../../src/wire/result.ts';
import { Cluster } from './cluster.ts';
import type { TestClient } from './test-client.ts';

const count = 12;

function drawn(body: ResultBody | undefined): number {
  return body?.kind === 'counterBlock' ? Number(body.first) : Number.NaN;
}

/** Every command was answered once, in order, and had its effect once. */
function expectOnceInOrder(cluster: Cluster, client: TestClient, ids: readonly number[]): void {
  cluster.runUntil(() => ids.every((id) => client.result(id) !== undefined));
  expect(ids.map((id) => drawn(client.result(id)?.body))).toEqual(ids.map((_, index) => index + 1));
  const answers = client.results.map(({ requestId }) => requestId).filter((id) => ids.includes(id));
  expect(answers).toEqual(ids);
  cluster.advance(3_000);
  expect(client.results.length).toBe(answers.length + 1);
  expect(cluster.agrees).toBe(true);
  const total = cluster.replica(client.nodeId).machine.read({ kind: 'counterGet', name: 'c', consistency: 'stale' });
  expect(total).toEqual({ kind: 'counterValue', value: BigInt(ids.length) });
}

describe('commands in flight when the leader changes', () => {
  it('are answered by the follower that has them, though their forwards died with the leader', () => {
    const cluster = Cluster.ready();
    const client = cluster.client('n2').open();
    cluster.hold(({ message }) => message.type === 'forward');
    const ids = Array.from({ length: count }, () => client.add('c'));
    cluster.settle();
    cluster.crash('n1');
    cluster.lose();
    cluster.hold(() => false);
    expectOnceInOrder(cluster, client, ids);
  });

  it('take effect once, though the new leader adopts them and gets them again', () => {
    const cluster = Cluster.ready();
    const client = cluster.client('n2').open();
    // Accepted by all, but the leader dies before it hears of that.
    cluster.hold(({ to, message }) => message.type === 'accepted' && to === 'n1');
    const ids = Array.from({ length: count }, () => client.add('c'));
    cluster.settle();
    expect(ids.some((id) => client.result(id) !== undefined)).toBe(false);
    cluster.crash('n1');
    expectOnceInOrder(cluster, client, ids);
  });

  it('take effect once, though the forwards to the old leader arrive late, when it leads again', () => {
    const cluster = Cluster.ready();
    const client = cluster.client('n2').open();
    cluster.hold(({ message, to }) => message.type === 'forward' && to === 'n1');
    const ids = Array.from({ length: count }, () => client.add('c'));
    cluster.settle();
    cluster.turn('n1', { type: 'transferLeadership', to: cluster.node('n3').nodeId });
    cluster.runUntil(() => cluster.leader === 'n3' && ids.every((id) => client.result(id) !== undefined));
    cluster.turn('n3', { type: 'transferLeadership', to: cluster.node('n1').nodeId });
    cluster.runUntil(() => cluster.leader === 'n1');
    cluster.release();
    expectOnceInOrder(cluster, client, ids);
  });

  it('are answered by the old leader, after it has become a follower', () => {
    const cluster = Cluster.ready();
    const client = cluster.client('n1').open();
    cluster.isolate('n1');
    const ids = Array.from({ length: count }, () => client.add('c'));
    cluster.leaderAfter('n1');
    expect(ids.some((id) => client.result(id) !== undefined)).toBe(false);
    cluster.heal();
    expectOnceInOrder(cluster, client, ids);
  });

  it('are answered on another node, to which the client brings them again', () => {
    const cluster = Cluster.ready();
    const client = cluster.client('n1').open();
    cluster.hold(({ to, message }) => message.type === 'accepted' && to === 'n1');
    const ids = Array.from({ length: count }, () => client.add('c'));
    cluster.settle();
    cluster.crash('n1');
    client.connect('n3');
    client.resend();
    expectOnceInOrder(cluster, client, ids);
  });

  it('are told NOT_LEADER only if they were never sent, and the others wait', () => {
    const cluster = Cluster.ready();
    const client = cluster.client('n3').open();
    cluster.hold(({ message }) => message.type === 'forward');
    const sent = client.add('c');
    cluster.settle();
    cluster.isolate('n1', 'n2');
    cluster.lose();
    cluster.hold(() => false);
    cluster.runUntil(() => cluster.replica('n3').paxos.leader === undefined);
    const late = client.add('c');
    cluster.advance(400);
    expect([client.outcome(sent), client.outcome(late)]).toEqual([undefined, undefined]);
    cluster.advance(5_000);
    expect([client.outcome(sent), client.outcome(late)]).toEqual([undefined, 'NOT_LEADER']);
    cluster.heal();
    cluster.runUntil(() => client.result(sent) !== undefined);
    expect(drawn(client.result(sent)?.body)).toBe(1);
  });
});
