import { describe, expect, it } from 'vitest';
import { Cluster } from './cluster.ts';

describe.each([true, false])('a keep-alive (leases: %s)', (leases) => {
  it('is answered on every node by the word of the leader', () => {
    const cluster = Cluster.ready({ leases });
    for (const nodeId of ['n1', 'n2', 'n3']) {
      const client = cluster.client(nodeId).open();
      client.keepAlive(7);
      cluster.settle();
      cluster.advance(20);
      expect(client.takeKeepAlives()).toEqual([{ id: 7, alive: [client.session?.sessionId], ended: [] }]);
    }
  });

  it('keeps a session for as long as it comes, and not longer', () => {
    const cluster = Cluster.ready({ leases });
    const client = cluster.client('n2').open(500);
    for (let id = 1; id <= 20; id += 1) {
      client.keepAlive(id);
      cluster.advance(200);
    }
    expect(client.takeKeepAlives().filter(({ alive }) => alive.length === 1).length).toBe(20);
    expect(cluster.replica('n3').machine.sessionCount).toBe(1);
    // 500 ms stretched for the worst clocks, from the last one on.
    cluster.advance(350);
    expect(cluster.replica('n3').machine.sessionCount).toBe(1);
    cluster.advance(200);
    expect(cluster.replica('n3').machine.sessionCount).toBe(0);
    client.keepAlive(21);
    cluster.advance(20);
    expect(client.takeKeepAlives()).toEqual([{ id: 21, alive: [], ended: [client.session?.sessionId] }]);
  });

  it('is not answered by a leader that is cut off, nor by its followers', () => {
    const cluster = Cluster.ready({ leases });
    const here = cluster.client('n1').open();
    const there = cluster.client('n2').open();
    cluster.isolate('n1');
    cluster.advance(300);
    for (let id = 1; id <= 50; id += 1) {
      here.keepAlive(id);
      cluster.advance(10);
    }
    expect(here.takeKeepAlives()).toEqual([]);
    cluster.leaderAfter('n1');
    there.keepAlive(1);
    cluster.advance(200);
    there.keepAlive(2);
    cluster.advance(50);
    expect(there.takeKeepAlives().at(-1)).toEqual({ id: 2, alive: [there.session?.sessionId], ended: [] });
    here.keepAlive(99);
    cluster.advance(3_000);
    expect(here.takeKeepAlives()).toEqual([]);
  });
});

describe('a keep-alive', () => {
  it('says `ended` to the old generation alone, though both come through one follower at once', () => {
    const cluster = Cluster.ready();
    const owner = cluster.client('n2').open();
    const stranger = cluster.client('n2');
    const { session } = owner;
    if (session === undefined) throw new Error('no session');
    // In one turn of n2.
    cluster.pause('n2');
    owner.keepAlive(1);
    stranger.keepAlive(1, [{ ...session, generation: 2 }]);
    cluster.resume('n2');
    cluster.settle();
    expect(owner.takeKeepAlives()).toEqual([{ id: 1, alive: [session.sessionId], ended: [] }]);
    expect(stranger.takeKeepAlives()).toEqual([{ id: 1, alive: [], ended: [session.sessionId] }]);
  });

  it('is not answered by what the leader said to an earlier boot of the follower', () => {
    const cluster = Cluster.ready();
    const client = cluster.client('n2').open();
    const { session } = client;
    if (session === undefined) throw new Error('no session');
    cluster.hold(({ message }) => message.type === 'relayedKeepAliveAnswer');
    client.keepAlive(1);
    cluster.settle();
    cluster.crash('n2');
    cluster.start('n2');
    cluster.runUntil(() => cluster.replica('n2').paxos.leader === 'n1');
    client.connect('n2');
    cluster.hold(({ message }) => message.type === 'relayedKeepAlive');
    for (let id = 2; id < 10; id += 1) client.keepAlive(id);
    cluster.settle();
    // What is asked now is lost.
    const [late, ...lost] = cluster.held.splice(0);
    expect([late?.message.type, lost.length]).toEqual(['relayedKeepAliveAnswer', 8]);
    if (late !== undefined) cluster.held.push(late);
    cluster.release();
    cluster.advance(100);
    expect(client.takeKeepAlives()).toEqual([]);
  });

  it('is not acknowledged once the expiry is proposed', () => {
    const cluster = Cluster.ready();
    const client = cluster.client('n1').open(500);
    cluster.hold(({ message }) => message.type === 'accept');
    cluster.advance(700);
    client.keepAlive(1);
    cluster.settle();
    // Neither alive nor, as long as that is not chosen, ended.
    expect(client.takeKeepAlives()).toEqual([{ id: 1, alive: [], ended: [] }]);
    cluster.release();
    cluster.settle();
    client.keepAlive(2);
    cluster.settle();
    expect(client.takeKeepAlives()).toEqual([{ id: 2, alive: [], ended: [client.session?.sessionId] }]);
  });
});
