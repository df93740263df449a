import { describe, expect, it } from 'vitest';
import type { Sequence } from '../../src/wire/identifiers.ts';
import { Cluster } from './cluster.ts';
import type { TestClient } from './test-client.ts';

/** Holder on n1, waiter on n2. */
function setUp() {
  const cluster = Cluster.ready();
  const holder = cluster.client('n1').open();
  holder.answer(holder.acquire('l'));
  const held = holder.lastSequence;
  const waiter = cluster.client('n2').open();
  const request = waiter.acquire('l');
  waiter.answer(request);
  const place = waiter.lastSequence;
  const release = () => holder.answer(holder.command({ kind: 'lockRelease', name: 'l', sequence: held }));
  return { cluster, holder, held, waiter, request, place, release };
}

function token(client: TestClient, nodeId: string, cluster: Cluster): number | undefined {
  const state = cluster.replica(nodeId).machine.read({ kind: 'lockGet', name: 'l', consistency: 'stale' });
  if (state.kind !== 'lockState' || state.holder?.sessionId !== client.session?.sessionId) return undefined;
  return state.holder?.token;
}

describe('a grant', () => {
  it('is told on the stream over which the lock was asked for, once', () => {
    const { cluster, waiter, place, release } = setUp();
    expect(waiter.takeGrants()).toEqual([]);
    release();
    cluster.advance(100);
    expect(waiter.takeGrants()).toEqual([`${place} held ${token(waiter, 'n2', cluster)}`]);
    cluster.advance(1_000);
    expect(waiter.takeGrants()).toEqual([]);
    expect(cluster.replica('n2').status().waitingForLocks).toBe(0);
  });

  it('is told with the answer, if both come to be in one slot', () => {
    const { cluster, holder, waiter, held, place } = setUp();
    waiter.answer(waiter.command({ kind: 'lockCancel', name: 'l', sequence: place }));
    waiter.takeGrants();
    // All in one turn of the leader, and so in one slot.
    cluster.pause('n1');
    const again = waiter.acquire('l');
    cluster.settle();
    holder.command({ kind: 'lockRelease', name: 'l', sequence: held });
    cluster.resume('n1');
    cluster.advance(50);
    expect(waiter.outcome(again)).toBe('lock');
    expect(waiter.takeGrants()).toEqual([`${waiter.lastSequence} held ${token(waiter, 'n2', cluster)}`]);
  });

  it('is told on another node after a reconnect, though it was made while the client was away', () => {
    const { cluster, waiter, place, release } = setUp();
    waiter.disconnect();
    release();
    waiter.connect('n3');
    waiter.askForGrant('l', place);
    cluster.advance(50);
    // A node that had no clients may first answer from what it knew.
    expect(waiter.takeGrants().at(-1)).toBe(`${place} held ${token(waiter, 'n3', cluster)}`);
  });

  it('is told on another node to which the client has gone to wait', () => {
    const { cluster, waiter, place, release } = setUp();
    waiter.reconnect('n3');
    waiter.askForGrant('l', place);
    cluster.settle();
    expect(waiter.takeGrants()).toEqual([`${place} queued`]);
    release();
    cluster.advance(50);
    expect(waiter.takeGrants()).toEqual([`${place} held ${token(waiter, 'n3', cluster)}`]);
  });

  it('is told once the question can be answered, by a node that was behind', () => {
    const { cluster, waiter, place, release } = setUp();
    cluster.isolate('n3');
    const later = waiter.acquire('m');
    waiter.answer(later);
    waiter.answer(waiter.acquire('m'));
    const second = waiter.lastSequence;
    waiter.reconnect('n3');
    waiter.askForGrant('l', place);
    waiter.askForGrant('m', second);
    cluster.advance(200);
    // It knows nothing of the second one yet: but `gone` would cost the client its session.
    expect(waiter.takeGrants()).toEqual([]);
    cluster.heal();
    cluster.runUntil(() => waiter.grants.length >= 2);
    expect(waiter.takeGrants()).toEqual([`${place} queued`, `${second} queued`]);
    release();
    cluster.advance(50);
    expect(waiter.takeGrants().length).toBe(1);
  });

  it('that cannot come any more is told to be gone, once', () => {
    const { cluster, holder, waiter, place } = setUp();
    for (let id = 1; id <= 26; id += 1) {
      holder.keepAlive(id);
      cluster.advance(500);
    }
    expect(cluster.replica('n2').machine.sessionCount).toBe(1);
    expect(waiter.takeGrants()).toEqual([`${place} gone`]);
    expect(cluster.replica('n2').status().waitingForLocks).toBe(0);
  });

  it('finds its waiter after a change of leader', () => {
    const { cluster, holder, held, waiter, place } = setUp();
    cluster.crash('n1');
    cluster.runUntil(() => cluster.leader !== undefined);
    holder.connect('n3');
    holder.answer(holder.command({ kind: 'lockRelease', name: 'l', sequence: held }));
    cluster.advance(50);
    expect(waiter.takeGrants()).toEqual([`${place} held ${token(waiter, 'n2', cluster)}`]);
  });

  it('is not lost when the answer `queued` is: the command comes again and is followed up', () => {
    const { cluster, waiter, release } = setUp();
    cluster.hold(({ message }) => message.type === 'forward');
    waiter.acquire('l');
    cluster.release();
    cluster.pause('n2');
    cluster.settle();
    waiter.disconnect();
    waiter.connect('n3');
    waiter.resend();
    cluster.settle();
    cluster.resume('n2');
    release();
    cluster.advance(50);
    // The first acquisition holds now; its release lets the second one in.
    waiter.answer(waiter.command({ kind: 'lockRelease', name: 'l', sequence: (waiter.lastSequence - 1) as Sequence }));
    cluster.advance(50);
    expect(waiter.takeGrants().map((line) => line.split(' ')[1])).toEqual(['held']);
  });
});
