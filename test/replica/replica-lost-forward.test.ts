import { describe, expect, it } from 'vitest';
import { Cluster } from './cluster.ts';

describe('a forward', () => {
  it('to a node that does not lead is refused at once, and queued nowhere', () => {
    const cluster = Cluster.ready();
    const { nodeId } = cluster.node('n2');
    const message = { type: 'forward', id: 77, operations: [new Uint8Array(1)] } as const;
    cluster.turn('n3', { type: 'peerMessage', from: nodeId, incarnation: 'incarnation of n2', message });
    const refusal = { type: 'forwardRefused', id: 77, code: 'NOT_LEADER' };
    expect(cluster.node('n3').effects.at(-1)).toEqual({ type: 'send', to: nodeId, lane: 'control', message: refusal });
    expect(cluster.replica('n3').status().queuedOperations).toBe(0);
  });

  it('of a stranger who took the name of a member is ignored', () => {
    const cluster = Cluster.ready();
    const { nodeId } = cluster.node('n2');
    const message = { type: 'forward', id: 77, operations: [new Uint8Array(1)] } as const;
    cluster.turn('n1', { type: 'peerMessage', from: nodeId, incarnation: 'another directory', message });
    cluster.advance(50);
    expect(cluster.replica('n1').halted).toBeUndefined();
    expect(
      cluster.node('n1').effects.some((effect) => effect.type === 'send' && effect.message.type === 'forwardRefused'),
    ).toBe(false);
  });
});

describe('a forward that is lost', () => {
  it('is made good at once when a later command of the session overtakes what it carried', () => {
    const cluster = Cluster.ready();
    const client = cluster.client('n2').open();
    cluster.hold(({ message }) => message.type === 'forward');
    const first = client.add('c');
    cluster.settle();
    cluster.lose();
    cluster.hold(() => false);
    const second = client.add('c');
    const ms = cluster.runUntil(() => client.result(second) !== undefined);
    expect(ms).toBeLessThan(100);
    expect(client.results.slice(-2).map(({ requestId }) => requestId)).toEqual([first, second]);
    expect(client.results.slice(-2).map(({ body }) => body.kind)).toEqual(['counterBlock', 'counterBlock']);
  });

  it('together with its link is made good when the link is there again', () => {
    const cluster = Cluster.ready();
    const client = cluster.client('n2').open();
    cluster.hold(({ message }) => message.type === 'forward');
    const id = client.add('c');
    cluster.settle();
    cluster.lose();
    cluster.hold(() => false);
    cluster.turn('n2', { type: 'peerConnected', peer: cluster.node('n1').nodeId });
    expect(cluster.runUntil(() => client.result(id) !== undefined)).toBe(0);
  });

  it('without a sign is made good after two seconds', () => {
    const cluster = Cluster.ready();
    const client = cluster.client('n2').open();
    cluster.hold(({ message }) => message.type === 'forward');
    const id = client.add('c');
    cluster.settle();
    cluster.lose();
    cluster.hold(() => false);
    const ms = cluster.runUntil(() => client.result(id) !== undefined);
    expect(ms).toBeGreaterThanOrEqual(2_000);
    expect(ms).toBeLessThan(2_300);
    expect(client.outcome(id)).toBe('counterBlock');
  });
});
