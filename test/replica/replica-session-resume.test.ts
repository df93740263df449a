import { describe, expect, it } from 'vitest';
import type { SessionRef } from '../../src/wire/frame.ts';
import { Cluster } from './cluster.ts';
import type { TestClient } from './test-client.ts';

/** Resumes and waits for it; what it has lost its session to is given back. */
function takeOver(successor: TestClient, former: SessionRef, nonce?: bigint): SessionRef {
  const body = successor.answer(successor.resume(former, nonce));
  if (body.kind !== 'sessionResumed') throw new Error(`not resumed: ${JSON.stringify(body)}`);
  successor.session = { sessionId: body.sessionId, generation: body.generation };
  return successor.session;
}

describe('a session that is resumed', () => {
  it('is kept alive by its new generation, and the old one is told that it has ended', () => {
    const cluster = Cluster.ready();
    const former = cluster.client('n2').open(500);
    const ref = former.session as SessionRef;
    const successor = cluster.client('n3');
    takeOver(successor, ref);
    for (let id = 1; id <= 10; id += 1) {
      former.keepAlive(id, [ref]);
      successor.keepAlive(id);
      cluster.advance(200);
    }
    expect(former.takeKeepAlives().every(({ ended }) => ended.includes(ref.sessionId))).toBe(true);
    expect(successor.takeKeepAlives().filter(({ alive }) => alive.length === 1)).toHaveLength(10);
    expect(cluster.replica('n1').machine.sessionCount).toBe(1);
  });

  it('expires when its new generation is silent, though the old one is not', () => {
    const cluster = Cluster.ready();
    const former = cluster.client('n2').open(500);
    const ref = former.session as SessionRef;
    cluster.advance(400);
    takeOver(cluster.client('n3'), ref);
    // The whole time again, from the resumption on.
    cluster.advance(500);
    expect(cluster.replica('n1').machine.sessionCount).toBe(1);
    for (let id = 1; id <= 4; id += 1) {
      former.keepAlive(id, [ref]);
      cluster.advance(50);
    }
    expect(cluster.replica('n1').machine.sessionCount).toBe(0);
  });

  it('takes no command of the old generation, and tells those that wait for a lock that they do so no more', () => {
    const cluster = Cluster.ready();
    const holder = cluster.client('n1').open();
    holder.answer(holder.acquire('l'));
    const former = cluster.client('n2').open();
    const asked = former.acquire('l');
    const place = former.lastSequence;
    former.answer(asked);
    takeOver(cluster.client('n3'), former.session as SessionRef);
    cluster.advance(50);
    expect(former.takeGrants()).toEqual([`${place} gone`]);
    const late = former.put('a', 'late');
    former.answer(late);
    expect(former.outcome(late)).toBe('SESSION_EXPIRED');
    former.askForGrant('l', place);
    cluster.settle();
    expect(former.takeGrants()).toEqual([`${place} gone`]);
    expect(cluster.replica('n2').status().waitingForLocks).toBe(0);
  });

  it('is resumed once, though the request comes again on another node', () => {
    const cluster = Cluster.ready();
    const ref = cluster.client('n2').open().session as SessionRef;
    const successor = cluster.client('n3');
    const request = successor.resume(ref);
    cluster.settle();
    successor.reconnect('n2');
    expect(successor.answer(request)).toMatchObject({ kind: 'sessionResumed', generation: 2 });
    successor.resend();
    cluster.advance(100);
    expect(cluster.replica('n1').machine.session(ref.sessionId)?.generation).toBe(2);
  });

  it('outlives a change of leader in its new generation', () => {
    const cluster = Cluster.ready();
    const ref = cluster.client('n2').open(2_000).session as SessionRef;
    const successor = cluster.client('n3');
    takeOver(successor, ref);
    cluster.turn('n1', { type: 'transferLeadership', to: cluster.node('n2').nodeId });
    cluster.runUntil(() => cluster.leader === 'n2');
    cluster.advance(2_300);
    successor.keepAlive(1);
    cluster.advance(20);
    expect(successor.takeKeepAlives().at(-1)).toEqual({ id: 1, alive: [ref.sessionId], ended: [] });
  });
});

describe('a session that another one closes', () => {
  it('is told so with its next keep-alive', () => {
    const cluster = Cluster.ready();
    const closed = cluster.client('n2').open();
    const { sessionId } = closed.session as SessionRef;
    const operator = cluster.client('n3').open();
    const body = operator.answer(operator.command({ kind: 'closeOtherSession', sessionId }));
    expect(body).toEqual({ kind: 'otherSessionClosed', closed: true });
    closed.keepAlive(1);
    cluster.advance(20);
    expect(closed.takeKeepAlives()).toEqual([{ id: 1, alive: [], ended: [sessionId] }]);
  });
});
