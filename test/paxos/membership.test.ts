import { describe, expect, test } from 'vitest';
import type { PaxosEffect } from '../../src/paxos/effects.ts';
import type { Greeting } from '../../src/paxos/messages.ts';
import type { ClusterMember, Standing } from '../../src/paxos/record.ts';
import { supportedFeatureLevel } from '../../src/wire/feature-level.ts';
import type { NodeId } from '../../src/wire/identifiers.ts';
import { Harness, type Machine } from './harness.ts';
import { n1, n2, n3, optionsOf } from './node.ts';

const n4 = 'n4' as NodeId;
const n5 = 'n5' as NodeId;
const n6 = 'n6' as NodeId;

function leaderOf(harness: Harness): Machine {
  harness.runUntil(() => harness.servingLeader() !== undefined);
  return harness.servingLeader() as Machine;
}

function running(count: number, spares: number, seed = 1): Harness {
  const harness = new Harness({ seed, count, spares }).startAll();
  const leader = leaderOf(harness);
  for (let value = 1; value <= 20; value++) harness.propose(leader, `v${value}`);
  harness.run(200);
  return harness;
}

/** The members that the leader knows, with those of the given standings added or changed. */
function membersWith(harness: Harness, standings: Record<string, Standing | 'gone'>): ClusterMember[] {
  const leader = leaderOf(harness);
  const members = new Map<string, ClusterMember>(leader.paxos.members.map((member) => [member.nodeId, member]));
  for (const [nodeId, standing] of Object.entries(standings)) {
    const known = members.get(nodeId);
    const { incarnation } = harness.machine(nodeId as NodeId);
    const member = known ?? { nodeId: nodeId as NodeId, incarnation, address: nodeId, replaces: '' };
    if (standing === 'gone') members.delete(nodeId);
    else members.set(nodeId, { ...member, incarnation, standing });
  }
  return [...members.values()].sort((a, b) => (a.nodeId < b.nodeId ? -1 : 1));
}

/** What a node of the first members has sent before its disk knew of the cluster. */
function greetingBeforeBirth({ nodeId, incarnation, boots }: Machine): Greeting {
  const { clusterName, initial } = optionsOf(nodeId, 3);
  const told = { clusterId: '', clusterName, incarnation, bootId: `${nodeId}-boot-${boots}`, initial };
  const known = { formed: false, sequence: 0, chosenThrough: 0, configuration: undefined };
  return { type: 'greeting', ...told, ...known, supportedLevel: supportedFeatureLevel };
}

/** Until a leader serves under the change. */
function change(harness: Harness, standings: Record<string, Standing | 'gone'>): void {
  const before = leaderOf(harness).paxos.configuration?.slot ?? 0;
  harness.runUntil(() => {
    const leader = harness.servingLeader();
    return leader !== undefined && harness.changeMembers(leader, membersWith(harness, standings));
  });
  harness.runUntil(() => (harness.servingLeader()?.paxos.configuration?.slot ?? 0) > before);
}

const votersOf = ({ paxos }: Machine): string =>
  paxos.members.map(({ nodeId, standing }) => (standing === 'voter' ? nodeId : `${nodeId}:${standing}`)).join(' ');

describe('a learner', () => {
  test('gets the cluster from those that have made it a member, and then the log', () => {
    const harness = running(3, 1);
    expect(harness.machine(n4).notices).toEqual(['waits-to-join']);
    expect(harness.machine(n4).paxos.genesis).toBeUndefined();
    change(harness, { n4: 'learner' });
    harness.runUntil(() => harness.machine(n4).applied.length >= 22);
    expect(harness.machine(n4).applied).toEqual(leaderOf(harness).applied);
    expect(harness.machines.map(votersOf)).toEqual(Array.from({ length: 4 }, () => 'n1 n2 n3 n4:learner'));
  });

  test('counts for nothing: two of three voters are needed', () => {
    const harness = running(3, 1);
    change(harness, { n4: 'learner' });
    const leader = leaderOf(harness);
    for (const { nodeId } of harness.machines) if (nodeId !== leader.nodeId && nodeId !== n4) harness.isolate(nodeId);
    const known = leader.paxos.chosenThrough;
    harness.propose(leader, 'lonely');
    harness.run(5_000);
    expect(leader.paxos.serving).toBe(false);
    expect(leader.paxos.chosenThrough).toBe(known);
    expect(harness.machine(n4).paxos.role).toBe('follower');
  });

  test('cannot be made a voter before it holds what a quorum of the new members must hold', () => {
    const harness = running(1, 1);
    change(harness, { n2: 'learner' });
    harness.isolate(n2);
    harness.propose(leaderOf(harness), 'more');
    harness.run(100);
    const leader = leaderOf(harness);
    expect(leader.paxos.canChangeMembers(membersWith(harness, { n2: 'voter' }))).toBe(false);
    harness.heal();
    harness.runUntil(() => leader.paxos.canChangeMembers(membersWith(harness, { n2: 'voter' })));
  });
});

describe('a change', () => {
  test('ends the ballot that proposed it, and the next one is opened under it', () => {
    const harness = running(3, 1);
    const before = leaderOf(harness);
    const { ballot } = before.paxos;
    change(harness, { n4: 'learner' });
    const after = leaderOf(harness);
    expect(after.nodeId).toBe(before.nodeId);
    expect(after.paxos.ballot.round).toBeGreaterThan(ballot.round);
  });

  test('stops the lease and all proposals of its ballot while it is not chosen', () => {
    const harness = running(3, 1);
    const leader = leaderOf(harness);
    harness.runUntil(() => leader.paxos.leaseHolds());
    expect(harness.changeMembers(leader, membersWith(harness, { n4: 'learner' }))).toBe(true);
    expect([leader.paxos.leaseHolds(), leader.paxos.canPropose(), leader.paxos.serving]).toEqual([false, false, true]);
  });

  test('needs a quorum of the new members that holds all that is chosen', () => {
    const harness = running(3, 3);
    change(harness, { n4: 'learner', n5: 'learner', n6: 'learner' });
    const onlyNew = { n1: 'gone', n2: 'gone', n3: 'gone', n4: 'voter', n5: 'voter', n6: 'voter' } as const;
    harness.isolate(n5);
    harness.isolate(n6);
    harness.propose(leaderOf(harness), 'late');
    harness.run(500);
    const leader = leaderOf(harness);
    expect(leader.paxos.canChangeMembers(membersWith(harness, onlyNew))).toBe(false);
    harness.heal();
    harness.runUntil(() => leader.paxos.canChangeMembers(membersWith(harness, onlyNew)));
  });

  test('that was chosen when its leader died is completed by another', () => {
    for (let seed = 1; seed <= 30; seed++) {
      const harness = running(3, 1, seed);
      change(harness, { n4: 'joining' });
      harness.runUntil(() => {
        const leader = harness.servingLeader();
        return leader !== undefined && harness.changeMembers(leader, membersWith(harness, { n4: 'voter' }));
      });
      const { nodeId } = leaderOf(harness);
      harness.run(harness.random() * 8);
      harness.kill(nodeId);
      const left = leaderOf(harness);
      const expected = ['n1 n2 n3 n4', 'n1 n2 n3 n4:joining'];
      harness.run(500);
      expect(expected).toContain(votersOf(left));
      const slot = harness.propose(leaderOf(harness), 'after') ?? 0;
      harness.runUntil(() => harness.observer.chosen.has(slot));
    }
  });
});

describe('a node that is removed', () => {
  test('stops, and says so', () => {
    const harness = running(3, 0);
    const { nodeId } = leaderOf(harness);
    const other = [n1, n2, n3].find((each) => each !== nodeId) as NodeId;
    change(harness, { [other]: 'gone' });
    harness.runUntil(() => harness.machine(other).halted !== undefined);
    expect(harness.machine(other).halted?.code).toBe('REMOVED');
  });

  test('may be the leader: it hands over at once', () => {
    const harness = running(3, 0);
    const { nodeId } = leaderOf(harness);
    const startMs = harness.nowMs;
    change(harness, { [nodeId]: 'gone' });
    expect(harness.nowMs - startMs).toBeLessThan(200);
    expect(leaderOf(harness).nodeId).not.toBe(nodeId);
    harness.runUntil(() => harness.machine(nodeId).halted !== undefined);
    expect(harness.machine(nodeId).halted?.code).toBe('REMOVED');
  });

  test('while it was down is told so when it comes back', () => {
    const harness = running(3, 0);
    const leader = leaderOf(harness);
    const other = [n1, n2, n3].find((each) => each !== leader.nodeId) as NodeId;
    harness.crash(other);
    change(harness, { [other]: 'gone' });
    harness.start(other);
    harness.runUntil(() => harness.machine(other).halted !== undefined);
    expect(harness.machine(other).halted?.code).toBe('REMOVED');
  });

  test('while it was cut off, with no connection broken, is told so when it campaigns', () => {
    const harness = running(3, 0);
    const leader = leaderOf(harness);
    const other = [n1, n2, n3].find((each) => each !== leader.nodeId) as NodeId;
    harness.isolate(other);
    change(harness, { [other]: 'gone' });
    harness.run(500);
    harness.heal();
    harness.runUntil(() => harness.machine(other).halted !== undefined);
    expect(harness.machine(other).halted?.code).toBe('REMOVED');
  });

  test('is told so by an answer to what it asked before it knew of the cluster, too', () => {
    const harness = running(3, 0);
    const leader = leaderOf(harness);
    const [one, other] = [n1, n2, n3].filter((each) => each !== leader.nodeId) as [NodeId, NodeId];
    change(harness, { [other]: 'gone' });
    const leaving = leaderOf(harness);
    const staying = leaving.nodeId === leader.nodeId ? one : leader.nodeId;
    harness.runUntil(() => harness.changeMembers(leaving, membersWith(harness, { [leaving.nodeId]: 'gone' })));
    harness.runUntil(() => harness.servingLeader()?.nodeId === staying);
    expect(leaving.halted).toBe(undefined);

    const { nodeId, incarnation } = leaving;
    const { paxos, incarnation: stayingIncarnation } = harness.machine(staying);
    const answers: PaxosEffect[] = [];
    paxos.onMessage(nodeId, incarnation, greetingBeforeBirth(leaving), answers);
    for (const answer of answers) {
      if (answer.type !== 'send') continue;
      expect(answer).toMatchObject({ to: nodeId, message: { verdict: { kind: 'notAMember' } } });
      harness.call(nodeId, (own, effects) => own.onMessage(staying, stayingIncarnation, answer.message, effects));
    }
    expect(leaving.halted?.code).toBe('REMOVED');
  });
});

test('a cluster moves to entirely new nodes, which then know it by themselves', () => {
  const harness = running(3, 3);
  change(harness, { n4: 'learner', n5: 'learner', n6: 'learner' });
  harness.runUntil(() => [n4, n5, n6].every((nodeId) => harness.machine(nodeId).applied.length >= 22));
  change(harness, { n1: 'gone', n2: 'gone', n3: 'gone', n4: 'voter', n5: 'voter', n6: 'voter' });
  for (const nodeId of [n1, n2, n3]) harness.runUntil(() => harness.machine(nodeId).halted !== undefined);
  for (const { nodeId } of harness.machines) harness.crash(nodeId);
  harness.run(1_000);
  for (const nodeId of [n4, n5, n6]) harness.start(nodeId);
  const leader = leaderOf(harness);
  expect(votersOf(leader)).toBe('n4 n5 n6');
  const slot = harness.propose(leader, 'moved') ?? 0;
  harness.runUntil(() => harness.observer.chosen.get(slot)?.value === 'moved');
});

test('a wiped directory is a stranger until it is made a member under its own incarnation', () => {
  const harness = running(3, 0);
  const leader = leaderOf(harness);
  const other = [n1, n2, n3].find((each) => each !== leader.nodeId) as NodeId;
  harness.crash(other);
  harness.wipe(other);
  harness.start(other);
  harness.runUntil(() => leader.paxos.strangers.get(other)?.incarnation === harness.machine(other).incarnation);
  harness.runUntil(() => harness.machine(other).notices.includes('waits-to-join'));
  change(harness, { [other]: 'joining' });
  harness.runUntil(() => harness.machine(other).applied.length >= 22);
  expect(leader.paxos.strangers.has(other)).toBe(false);
  change(harness, { [other]: 'voter' });
  harness.crash(leader.nodeId);
  const next = leaderOf(harness);
  const slot = harness.propose(next, 'by the others') ?? 0;
  harness.runUntil(() => harness.observer.chosen.has(slot));
});

/** The members named become others under their own names, one after the other. */
function renew(harness: Harness, nodeIds: readonly NodeId[]): void {
  for (const nodeId of nodeIds) {
    harness.crash(nodeId);
    harness.wipe(nodeId);
    harness.start(nodeId);
    const { incarnation } = harness.machine(nodeId);
    harness.runUntil(() => harness.servingLeader()?.paxos.strangers.get(nodeId)?.incarnation === incarnation);
    change(harness, { [nodeId]: 'joining' });
    const { chosenThrough } = leaderOf(harness).paxos;
    harness.runUntil(() => harness.machine(nodeId).paxos.chosenThrough >= chosenThrough);
    change(harness, { [nodeId]: 'voter' });
  }
}

test('a member that was away while all others became new ones under their names is brought up to date by them', () => {
  const harness = running(3, 1);
  change(harness, { n4: 'learner' });
  harness.runUntil(() => harness.machine(n4).applied.length >= 22);
  harness.crash(n4);
  renew(harness, [n1, n2, n3]);
  const slot = harness.propose(leaderOf(harness), 'by new ones') ?? 0;
  harness.start(n4);
  harness.runUntil(() => harness.machine(n4).paxos.chosenThrough >= slot);
  expect(votersOf(harness.machine(n4))).toBe('n1 n2 n3 n4:learner');
});

test('a wiped directory that was started with members that have all left is found by those that are there', () => {
  const harness = running(3, 3);
  for (const nodeId of [n4, n5, n6]) {
    change(harness, { [nodeId]: 'learner' });
    const { chosenThrough } = leaderOf(harness).paxos;
    harness.runUntil(() => harness.machine(nodeId).paxos.chosenThrough >= chosenThrough);
    change(harness, { [nodeId]: 'voter' });
  }
  for (const nodeId of [n1, n2, n3]) change(harness, { [nodeId]: 'gone' });
  for (const nodeId of [n1, n2, n3]) harness.runUntil(() => harness.machine(nodeId).halted !== undefined);
  harness.crash(n6);
  harness.wipe(n6);
  harness.start(n6);
  for (const nodeId of [n4, n5]) harness.call(nodeId, (paxos, effects) => paxos.onPeerConnected(n6, effects));
  harness.runUntil(() => leaderOf(harness).paxos.strangers.has(n6));
  change(harness, { n6: 'joining' });
  const { chosenThrough } = leaderOf(harness).paxos;
  harness.runUntil(() => harness.machine(n6).paxos.chosenThrough >= chosenThrough);
});
