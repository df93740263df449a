import { describe, expect, test } from 'vitest';
import { Harness } from './harness.ts';
import {
  accepted,
  ballot,
  heartbeat,
  heartbeatAnswer,
  n1,
  n2,
  n3,
  noBallot,
  prepare,
  servingLeader,
  votingMember,
} from './node.ts';

describe('a leader that hands over', () => {
  test('stops proposing, gives its lease up, and asks the peer that holds most', () => {
    const { node, round } = servingLeader(n1, 3, [n3]);
    node.wait(50);
    const id = node.taken('heartbeat')[0]?.id ?? 0;
    node.receive(n3, heartbeatAnswer(round, n1, id, { acceptedThrough: 1 }));
    expect(node.paxos.leaseHolds()).toBe(true);
    node.turn((effects) => node.paxos.transferLeadership(undefined, effects));
    expect([node.paxos.canPropose(), node.paxos.leaseHolds()]).toEqual([false, false]);
    expect(node.taken('transfer')).toEqual([{ type: 'transfer', to: n3, ballot: ballot(round, n1) }]);
  });

  test('never uses that lease again in this ballot', () => {
    const { node, round } = servingLeader(n1, 3, [n2]);
    node.turn((effects) => node.paxos.transferLeadership(n2, effects));
    node.wait(50);
    node.receive(n2, heartbeatAnswer(round, n1, node.taken('heartbeat')[0]?.id ?? 0));
    expect([node.paxos.role, node.paxos.leaseHolds()]).toEqual(['leader', false]);
  });

  test('promises its successor at once', () => {
    const { node, round } = servingLeader(n1, 3, [n2]);
    node.turn((effects) => node.paxos.transferLeadership(n2, effects));
    node.receive(n2, prepare(round + 1, n2, 2, ballot(round, n1)));
    expect(node.paxos.promised).toEqual(ballot(round + 1, n2));
    expect(node.paxos.role).toBe('follower');
  });

  test('repeats itself, and leads on with a new ballot if nobody comes', () => {
    const { node, round } = servingLeader(n1, 3, [n2]);
    node.turn((effects) => node.paxos.transferLeadership(n2, effects));
    node.take();
    let repeated = 0;
    for (let waited = 0; waited < 1000; waited += 50) {
      node.wait(50);
      const sent = node.take();
      repeated += sent.filter(({ message }) => message.type === 'transfer').length;
      node.receive(n2, heartbeatAnswer(round, n1, node.paxos.confirmedThrough));
      node.receive(n3, heartbeatAnswer(round, n1, node.paxos.confirmedThrough));
    }
    expect(repeated).toBeGreaterThan(5);
    node.settle();
    expect(node.taken('prepare')).toMatchObject([
      { to: n2, ballot: ballot(round + 1, n1), transferOf: ballot(round, n1) },
      { to: n3 },
    ]);
  });

  test('does nothing for a stranger or for itself', () => {
    const { node } = servingLeader(n1, 3, [n2]);
    node.turn((effects) => node.paxos.transferLeadership('n9' as typeof n1, effects));
    node.turn((effects) => node.paxos.transferLeadership(n1, effects));
    expect(node.take()).toEqual([]);
    expect(node.paxos.canPropose()).toBe(true);
  });
});

describe('a grant to the ballot that was given up', () => {
  test('does not bind towards the successor', () => {
    const node = votingMember(n1, 3)
      .receive(n3, heartbeat(5, n3, 1))
      .settle();
    node.receive(n2, prepare(6, n2, 1, ballot(5, n3))).settle();
    expect(node.taken('promise')).toMatchObject([{ to: n2, ballot: ballot(6, n2) }]);
  });

  test('still binds if another ballot was given up', () => {
    const node = votingMember(n1, 3)
      .receive(n3, heartbeat(5, n3, 1))
      .settle();
    node.receive(n2, prepare(6, n2, 1, ballot(4, n3))).settle();
    expect(node.taken('promise')).toEqual([]);
    node.receive(n2, prepare(7, n2, 1, noBallot)).settle();
    expect(node.taken('promise')).toEqual([]);
  });
});

describe('the successor', () => {
  test('takes over without asking, above the ballot that was given up', () => {
    const node = votingMember(n1, 3)
      .receive(n3, heartbeat(5, n3, 1))
      .settle();
    node.take();
    node.receive(n3, { type: 'transfer', ballot: ballot(5, n3) });
    expect(node.taken('preVote')).toEqual([]);
    node.settle();
    expect(node.taken('prepare')).toMatchObject([{ ballot: ballot(6, n1), transferOf: ballot(5, n3) }, {}]);
  });

  test('ignores a request that has been overtaken', () => {
    const node = votingMember(n1, 3)
      .receive(n3, heartbeat(5, n3, 1))
      .receive(n2, heartbeat(6, n2, 1))
      .settle();
    node.receive(n3, { type: 'transfer', ballot: ballot(5, n3) });
    expect(node.paxos.role).toBe('follower');
  });
});

test('leadership moves within a few round trips, and what was proposed survives', () => {
  const harness = new Harness({ seed: 2, count: 3 }).startAll();
  harness.runUntil(() => harness.servingLeader() !== undefined);
  const leader = harness.servingLeader();
  const heir = harness.machines.find((machine) => machine !== leader);
  if (leader === undefined || heir === undefined) throw new Error('no leader');
  harness.run(500);
  for (let count = 0; count < 5; count++) harness.propose(leader, `v${count}`);
  harness.call(leader.nodeId, (paxos, effects) => paxos.transferLeadership(heir.nodeId, effects));
  expect(harness.runUntil(() => heir.paxos.serving)).toBeLessThan(20);
  expect(heir.applied.filter((value) => value !== '')).toEqual(['v0', 'v1', 'v2', 'v3', 'v4']);
});

test('a vote in the old ballot does not reach the new one', () => {
  const { node, round } = servingLeader(n1, 3, [n2]);
  node.propose('a');
  node.settle();
  node.turn((effects) => node.paxos.transferLeadership(n2, effects));
  node.receive(n2, prepare(round + 1, n2, 2, ballot(round, n1))).settle();
  node.receive(n3, accepted(round, n1, n3, 2));
  expect(node.paxos.chosenThrough).toBe(1);
});
