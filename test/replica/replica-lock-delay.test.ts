import { describe, expect, it } from 'vitest';
import type { LockTerms } from '../../src/wire/lock-operation.ts';
import { Cluster } from './cluster.ts';

const delayed: LockTerms = { mode: 'exclusive', permits: 0, otherNames: [], delayMs: 1_000, note: new Uint8Array() };

/** The holder's session has just expired; somebody on another node waits. */
function expired(): { readonly cluster: Cluster; readonly waiter: ReturnType<Cluster['client']> } {
  const cluster = Cluster.ready();
  const holder = cluster.client('n2').open(500);
  holder.answer(holder.command({ kind: 'lockAcquire', name: 'l', wait: true, terms: delayed }));
  const waiter = cluster.client('n3').open(20_000);
  waiter.answer(waiter.acquire('l'));
  cluster.runUntil(() => cluster.replica('n3').machine.sessionCount === 1, 1_000);
  return { cluster, waiter };
}

describe('a lock-delay', () => {
  it('is counted by the leader, stretched for its clock, and then the queue is served', () => {
    const { cluster, waiter } = expired();
    expect([...cluster.replica('n1').machine.lockDelays()]).toMatchObject([{ name: 'l', delayMs: 1_000 }]);
    const ms = cluster.runUntil(() => waiter.grants.length > 0, 2_000);
    expect(ms).toBeGreaterThanOrEqual(1_000);
    expect(ms).toBeLessThan(1_250);
    expect([...cluster.replica('n1').machine.lockDelays()]).toEqual([]);
  });

  it('is waited out anew by a new leader', () => {
    const { cluster, waiter } = expired();
    cluster.advance(900);
    cluster.turn('n1', { type: 'transferLeadership', to: cluster.node('n2').nodeId });
    cluster.runUntil(() => cluster.leader === 'n2', 300);
    cluster.advance(900);
    expect(waiter.grants).toEqual([]);
    const ms = cluster.runUntil(() => waiter.grants.length > 0, 500);
    expect(ms).toBeGreaterThan(0);
  });
});

describe('an operator who takes a lock away', () => {
  it('is told how many held it; its holder learns it on whatever node, and so does one that comes back', () => {
    const cluster = Cluster.ready();
    const holder = cluster.client('n2').open(20_000);
    holder.answer(holder.acquire('l'));
    const token = cluster.replica('n1').machine.revision;
    const place = holder.lastSequence;
    const waiter = cluster.client('n3').open(20_000);
    waiter.answer(waiter.acquire('l'));
    const operator = cluster.client('n1').open(20_000);
    const forced = operator.answer(operator.command({ kind: 'lockForceRelease', name: 'l', token }));
    expect(forced).toEqual({ kind: 'lockForceReleased', released: 1 });
    cluster.settle();
    expect(holder.takeGrants()).toEqual([`${place} ended`]);
    // Nobody else is told of it.
    expect(waiter.takeGrants()).toEqual([expect.stringMatching(/ held \d+$/)]);
    holder.askForGrant('l', place);
    cluster.settle();
    expect(holder.takeGrants()).toEqual([`${place} ended`]);
  });
});
