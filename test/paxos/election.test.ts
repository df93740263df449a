import { describe, expect, test } from 'vitest';
import type { PaxosMessage } from '../../src/paxos/messages.ts';
import { Harness } from './harness.ts';
import {
  accept,
  ballot,
  campaign,
  genesisOf,
  heartbeat,
  heartbeatAnswer,
  n1,
  n2,
  n3,
  noBallot,
  nodeIds,
  prepare,
  promise,
  recordOf,
  servingLeader,
  settings,
  votingMember,
} from './node.ts';

const preVote = (round: number, from: typeof n1): PaxosMessage => ({ type: 'preVote', ballot: ballot(round, from) });

describe('pre-vote', () => {
  test('is granted without changing anything, if no leader is heard', () => {
    const node = votingMember(n1, 3).receive(n2, preVote(7, n2));
    expect(node.taken('preVoteAnswer')).toMatchObject([{ to: n2, ballot: ballot(7, n2), granted: true }]);
    expect([node.paxos.promised.round, node.pending]).toEqual([0, undefined]);
  });

  test('is refused while a leader is heard, and granted after a silence', () => {
    const node = votingMember(n1, 3)
      .receive(n3, heartbeat(5, n3, 1))
      .settle();
    node.nowMs += 590;
    expect(node.receive(n2, preVote(7, n2)).taken('preVoteAnswer')).toMatchObject([{ granted: false }]);
    node.nowMs += 10;
    expect(node.receive(n2, preVote(7, n2)).taken('preVoteAnswer')).toMatchObject([{ granted: true }]);
  });

  test('is granted at once if the leader refuses connections', () => {
    const node = votingMember(n1, 3)
      .receive(n3, heartbeat(5, n3, 1))
      .settle();
    node.turn((effects) => node.paxos.onPeerDisconnected(n3, true, effects));
    node.take();
    expect(node.receive(n2, preVote(7, n2)).taken('preVoteAnswer')).toMatchObject([{ granted: true }]);
  });

  test('is refused again if that leader is heard for longer than what was on its way', () => {
    const node = votingMember(n1, 3)
      .receive(n3, heartbeat(5, n3, 1))
      .settle();
    node.turn((effects) => node.paxos.onPeerDisconnected(n3, true, effects));
    node.nowMs += 101;
    node.receive(n3, heartbeat(5, n3, 2));
    node.take();
    expect(node.receive(n2, preVote(7, n2)).taken('preVoteAnswer')).toMatchObject([{ granted: false }]);
  });

  test('is refused below the promise, with the promise', () => {
    const node = votingMember(n1, 3).receive(n3, prepare(8, n3)).settle();
    node.take();
    node.receive(n2, preVote(7, n2));
    expect(node.taken('preVoteAnswer')).toMatchObject([{ granted: false, promised: ballot(8, n3) }]);
  });

  test('is refused by a leader that a quorum answers', () => {
    const { node, round } = servingLeader(n1, 3, [n2]);
    node.receive(n3, preVote(round + 1, n3));
    expect(node.taken('preVoteAnswer')).toMatchObject([{ granted: false }]);
  });

  test('without a quorum of grants nothing is promised, and the question is repeated', () => {
    const node = votingMember(n1, 5);
    for (let waited = 0; node.paxos.role !== 'candidate' && waited < 2000; waited += 25) node.wait(25);
    const own = node.paxos.ballot;
    expect(node.taken('preVote')).toHaveLength(4);
    node.receive(n2, { type: 'preVoteAnswer', ballot: own, granted: true, promised: noBallot, chosenThrough: 0 });
    expect(node.paxos.promised.round).toBe(0);
    node.wait(100);
    expect(node.taken('preVote').map(({ to }) => to)).toEqual(nodeIds(5).slice(2));
  });

  test('a grant for an older attempt does not count', () => {
    const node = votingMember(n1, 3);
    for (let waited = 0; node.paxos.role !== 'candidate' && waited < 2000; waited += 25) node.wait(25);
    node.receive(n2, {
      type: 'preVoteAnswer',
      ballot: ballot(99, n1),
      granted: true,
      promised: noBallot,
      chosenThrough: 0,
    });
    expect([node.pending, node.paxos.promised.round]).toEqual([undefined, 0]);
  });
});

describe('a follower', () => {
  test('campaigns after a silence, drawn between the bounds', () => {
    const silences = [1, 2, 3, 4, 5].map((randomSeed) => {
      const node = votingMember(n1, 3, undefined, { randomSeed })
        .receive(n2, heartbeat(5, n2, 1))
        .settle();
      const startMs = node.nowMs;
      while (node.paxos.role !== 'candidate') node.wait(1);
      return node.nowMs - startMs;
    });
    expect(Math.min(...silences)).toBeGreaterThanOrEqual(600);
    expect(Math.max(...silences)).toBeLessThanOrEqual(1201);
    expect(new Set(silences).size).toBeGreaterThan(1);
  });

  test('campaigns at once when its leader is gone, not when another member is', () => {
    const node = votingMember(n1, 3)
      .receive(n2, heartbeat(5, n2, 1))
      .settle();
    node.turn((effects) => node.paxos.onPeerDisconnected(n3, true, effects));
    expect(node.paxos.role).toBe('follower');
    node.turn((effects) => node.paxos.onPeerDisconnected(n2, false, effects));
    expect(node.paxos.role).toBe('follower');
    node.turn((effects) => node.paxos.onPeerDisconnected(n2, true, effects));
    expect(node.paxos.role).toBe('candidate');
  });

  test('that hears from a leader gives its candidacy up', () => {
    const node = votingMember(n1, 3)
      .receive(n2, heartbeat(5, n2, 1))
      .settle();
    while (node.paxos.role !== 'candidate') node.wait(25);
    node.receive(n2, heartbeat(5, n2, 2));
    expect([node.paxos.role, node.paxos.leader]).toEqual(['follower', n2]);
  });
});

describe('a silent leader', () => {
  test('is not named any more, however often a pre-vote fails', () => {
    const node = votingMember(n1, 3)
      .receive(n2, heartbeat(5, n2, 1))
      .settle();
    const named: (string | undefined)[] = [];
    let candidacies = 0;
    for (let elapsedMs = 0; elapsedMs < 6_000; elapsedMs += 10) {
      const before = node.paxos.role;
      node.wait(10);
      if (node.paxos.role === 'candidate' && before !== 'candidate') candidacies += 1;
      if (elapsedMs >= 600) named.push(node.paxos.leader);
    }
    expect(candidacies).toBeGreaterThan(1);
    expect(new Set(named)).toEqual(new Set([undefined]));
  });

  test('is named again when it is heard again', () => {
    const node = votingMember(n1, 3)
      .receive(n2, heartbeat(5, n2, 1))
      .settle();
    node.nowMs += 599;
    node.turn(() => {});
    expect(node.paxos.leader).toBe(n2);
    node.nowMs += 1;
    node.turn(() => {});
    expect([node.paxos.leader, node.paxos.leaderBallot]).toEqual([undefined, noBallot]);
    node.receive(n2, heartbeat(5, n2, 2));
    expect(node.paxos.leader).toBe(n2);
  });

  test('that has just refused connections is succeeded at once, though it was silent before', () => {
    const node = votingMember(n1, 3)
      .receive(n2, heartbeat(5, n2, 1))
      .settle();
    node.nowMs += 601;
    node.turn((effects) => node.paxos.onPeerDisconnected(n2, true, effects));
    expect([node.paxos.role, node.paxos.leader]).toEqual(['candidate', undefined]);
  });
});

describe('grants', () => {
  test('a prepare that meets a grant is answered at its end', () => {
    const node = votingMember(n1, 3)
      .receive(n3, heartbeat(5, n3, 1))
      .settle();
    node.nowMs += 150;
    node.receive(n2, prepare(6, n2)).settle();
    expect(node.taken('promise')).toEqual([]);
    node.wait(49).settle();
    expect(node.taken('promise')).toEqual([]);
    node.wait(1).settle();
    expect(node.taken('promise')).toMatchObject([{ to: n2, ballot: ballot(6, n2) }]);
  });

  test('a prepare that its sender has given up is not answered at the end of a later grant', () => {
    const node = votingMember(n1, 3)
      .receive(n3, heartbeat(5, n3, 1))
      .settle();
    node.receive(n2, prepare(6, n2));
    for (let id = 2; id <= 40; id++) node.receive(n3, heartbeat(5, n3, id)).wait(50);
    node.wait(settings.leaseMs).settle();
    expect([node.paxos.promised, node.taken('promise')]).toEqual([ballot(5, n3), []]);
  });

  test('a prepare that is repeated meanwhile is answered, however long the grant lasts', () => {
    const node = votingMember(n1, 3)
      .receive(n3, heartbeat(5, n3, 1))
      .settle();
    for (let id = 2; id <= 40; id++) {
      node
        .receive(n3, heartbeat(5, n3, id))
        .receive(n2, prepare(6, n2))
        .wait(50);
    }
    node.wait(settings.leaseMs).settle();
    expect(node.taken('promise')).toMatchObject([{ to: n2, ballot: ballot(6, n2) }]);
  });

  test('of two that wait, the higher is promised and the lower is told', () => {
    const node = votingMember(n1, 3)
      .receive(n3, heartbeat(5, n3, 1))
      .settle();
    node.receive(n3, prepare(6, n3)).receive(n2, prepare(7, n2)).receive(n3, prepare(6, n3));
    node.take();
    node.wait(settings.leaseMs).settle();
    expect(node.taken('promise').map(({ ballot: promised }) => promised)).toEqual([ballot(7, n2)]);
  });

  test('the own candidacy waits for the own grant', () => {
    const node = votingMember(n1, 3)
      .receive(n2, heartbeat(5, n2, 1))
      .settle();
    node.nowMs += 20;
    node.turn((effects) => node.paxos.onPeerDisconnected(n2, true, effects));
    node.receive(n3, {
      type: 'preVoteAnswer',
      ballot: node.paxos.ballot,
      granted: true,
      promised: noBallot,
      chosenThrough: 0,
    });
    node.wait(179);
    expect(node.paxos.promised).toEqual(ballot(5, n2));
    node.wait(1);
    expect(node.paxos.promised).toEqual(ballot(6, n1));
  });

  test('a new leader is accepted even under a grant to an old one: its quorum has waited', () => {
    const node = votingMember(n1, 3)
      .receive(n3, heartbeat(5, n3, 1))
      .settle();
    node.receive(n2, accept(6, n2, 1, 'a')).settle();
    expect(node.taken('accepted').at(-1)).toMatchObject({ ballot: ballot(6, n2), through: 1 });
  });
});

describe('duels', () => {
  test('a rejected candidate waits, longer each time, and goes above what rejected it', () => {
    const node = votingMember(n1, 3);
    let round = campaign(node, [n2]);
    const waits: number[] = [];
    for (let attempt = 0; attempt < 5; attempt++) {
      node.receive(n3, { type: 'rejected', ballot: ballot(round, n1), promised: ballot(round + 3, n3) });
      expect(node.paxos.role).toBe('follower');
      const startMs = node.nowMs;
      const next = campaign(node, [n2]);
      waits.push(node.nowMs - startMs);
      expect(next).toBe(round + 4);
      round = next;
    }
    expect(waits[4] ?? 0).toBeGreaterThan((waits[0] ?? 0) * 4);
    expect(Math.max(...waits)).toBeLessThanOrEqual(1300);
  });

  test('two candidates of one moment end with one leader', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const harness = new Harness({ seed, count: 3 }).startAll();
      harness.runUntil(() => harness.servingLeader() !== undefined);
      harness.run(300);
      const first = harness.servingLeader();
      if (first === undefined) throw new Error('no leader');
      harness.kill(first.nodeId);
      const failOverMs = harness.runUntil(() => harness.servingLeader() !== undefined, 3000);
      expect(failOverMs).toBeLessThan(400);
    }
  });
});

describe('a candidate that lost', () => {
  test('gives the one whom it promises the time of a silence', () => {
    const node = votingMember(n1, 3);
    const round = campaign(node, [n2]);
    node.receive(n3, { type: 'rejected', ballot: ballot(round, n1), promised: noBallot });
    node.receive(n3, prepare(round, n3)).settle();
    expect(node.taken('promise')).toMatchObject([{ to: n3, ballot: ballot(round, n3) }]);
    for (let waitedMs = 0; waitedMs < 575; waitedMs += 25) node.wait(25);
    expect([node.paxos.role, node.taken('preVote')]).toEqual(['follower', []]);
    for (let waitedMs = 0; waitedMs < 650; waitedMs += 25) node.wait(25);
    expect(node.paxos.role).toBe('candidate');
  });
});

describe('a candidate that waits for a grant to run out', () => {
  test('gives way to a lower one that it has promised, instead of deposing it at once', () => {
    const node = votingMember(n3, 3)
      .receive(n1, heartbeat(5, n1, 1))
      .settle();
    node.turn((effects) => node.paxos.onPeerDisconnected(n1, true, effects));
    node.receive(n2, {
      type: 'preVoteAnswer',
      ballot: node.paxos.ballot,
      granted: true,
      promised: noBallot,
      chosenThrough: 0,
    });
    expect(node.paxos.ballot).toEqual(ballot(6, n3));
    // The grant has run out, but no tick has said so yet.
    node.nowMs += settings.leaseMs;
    node.receive(n2, prepare(6, n2)).settle();
    expect(node.taken('promise')).toMatchObject([{ to: n2, ballot: ballot(6, n2) }]);
    for (let waitedMs = 0; waitedMs < 575; waitedMs += 25) node.wait(25);
    expect([node.paxos.role, node.paxos.promised]).toEqual(['follower', ballot(6, n2)]);
  });
});

describe('a leader that one lone member refuses', () => {
  const refusal = (round: number, by: typeof n2) =>
    ({ type: 'rejected', ballot: ballot(round, n1), promised: ballot(round, by) }) as const;

  /** Its lease of 163 ms begins now. */
  function leasedLeader() {
    const { node, round } = servingLeader(n1, 3, [n2]);
    node.wait(50);
    node.receive(n2, heartbeatAnswer(round, n1, node.taken('heartbeat')[0]?.id ?? 0));
    expect(node.paxos.leaseHolds()).toBe(true);
    return { node, round };
  }

  test('opens a higher ballot as long as its lease says that nobody else can lead', () => {
    const { node, round } = leasedLeader();
    node.nowMs += 160;
    node.receive(n3, refusal(round, n3)).settle();
    expect(node.taken('prepare')).toMatchObject([
      { to: n2, ballot: ballot(round + 1, n1), transferOf: ballot(round, n1) },
      { to: n3 },
    ]);
  });

  test('makes room after that: somebody else may have been elected', () => {
    const { node, round } = leasedLeader();
    node.nowMs += 164;
    node.receive(n3, refusal(round, n3)).settle();
    expect([node.paxos.role, node.taken('prepare')]).toEqual(['follower', []]);
  });

  test('without leases does so until a quorum can have missed it', () => {
    for (const [silentMs, role] of [
      [299, 'candidate'],
      [301, 'follower'],
    ] as const) {
      const records = [recordOf(3, { genesis: genesisOf(3, { settings: { ...settings, leases: false } }) })];
      const { node, round } = servingLeader(n1, 3, [n2], records);
      node.nowMs += silentMs;
      node.receive(n3, refusal(round, n3));
      expect(node.paxos.role).toBe(role);
    }
  });

  test('does not compete with the one to whom it hands over', () => {
    const { node, round } = servingLeader(n1, 3, [n2]);
    node.turn((effects) => node.paxos.transferLeadership(n2, effects));
    node.receive(n2, { ...refusal(round, n2), promised: ballot(round + 1, n2) }).settle();
    expect([node.paxos.role, node.taken('prepare')]).toEqual(['follower', []]);
  });
});

describe('stickiness', () => {
  test('a member that hears nobody does not disturb the others', () => {
    const harness = new Harness({ seed: 5, count: 3 }).startAll();
    harness.runUntil(() => harness.servingLeader() !== undefined);
    harness.run(300);
    const leader = harness.servingLeader();
    const deaf = harness.machines.find((machine) => machine !== leader);
    if (leader === undefined || deaf === undefined) throw new Error('no leader');
    for (const { nodeId } of harness.machines) harness.cut.add(`${nodeId}>${deaf.nodeId}`);
    const before = leader.paxos.ballot;
    harness.run(10_000);
    expect(leader.paxos.ballot).toEqual(before);
    harness.heal();
    harness.run(1000);
    expect([leader.paxos.ballot, deaf.paxos.leader]).toEqual([before, leader.nodeId]);
  });

  test('a leader that is cut from one member only goes on', () => {
    const harness = new Harness({ seed: 6, count: 3 }).startAll();
    harness.runUntil(() => harness.servingLeader() !== undefined);
    harness.run(300);
    const leader = harness.servingLeader();
    const other = harness.machines.find((machine) => machine !== leader);
    if (leader === undefined || other === undefined) throw new Error('no leader');
    harness.cut.add(`${leader.nodeId}>${other.nodeId}`);
    harness.cut.add(`${other.nodeId}>${leader.nodeId}`);
    const before = leader.paxos.ballot;
    harness.run(10_000);
    expect(harness.servingLeader()?.paxos.ballot).toEqual(before);
  });
});

test('a promise for another raises the next attempt, and ends the attempt under way', () => {
  const node = votingMember(n1, 3);
  const round = campaign(node, [n2]);
  node.receive(n3, prepare(round + 5, n3)).settle();
  expect(node.paxos.role).toBe('follower');
  node.receive(n2, promise(round, n1, n2));
  expect(node.paxos.role).toBe('follower');
  expect(campaign(node, [n2])).toBe(round + 6);
});
