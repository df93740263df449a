import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { holderLeaseMs } from '../../src/paxos/lease.ts';
import { defaultTiming } from '../../src/paxos/paxos.ts';
import { AssertionFailure } from '../../src/wire/assert.ts';
import { Harness } from './harness.ts';
import {
  accepted,
  ballot,
  campaign,
  genesisOf,
  heartbeat,
  heartbeatAnswer,
  n1,
  n2,
  n3,
  n4,
  prepare,
  promise,
  recordOf,
  servingLeader,
  type TestNode,
  votingMember,
} from './node.ts';

/** T (1 - ε) / (1 + ε) with T = 200 ms and ε = 10 %. */
const holderMs = (200 * 0.9) / 1.1;

function beat(node: TestNode): number {
  node.take();
  node.wait(50);
  return node.taken('heartbeat')[0]?.id ?? 0;
}

describe('the holder', () => {
  test('counts from the sending of the heartbeat that was answered', () => {
    const { node, round } = servingLeader(n1, 3, [n2]);
    const id = beat(node);
    const sentMs = node.nowMs;
    expect(node.paxos.leaseHolds()).toBe(false);
    node.nowMs += 30;
    node.receive(n2, heartbeatAnswer(round, n1, id));
    expect(node.paxos.leaseHolds()).toBe(true);
    const holdsAt = (ms: number): boolean => {
      node.nowMs = ms;
      node.paxos.advance({ monotonicMs: ms, uptimeMs: ms });
      return node.paxos.leaseHolds();
    };
    expect(holdsAt(sentMs + holderMs - 0.001)).toBe(true);
    expect(holdsAt(sentMs + holderMs)).toBe(false);
  });

  test('needs a quorum of grants, its own included', () => {
    const { node, round } = servingLeader(n1, 5, [n2, n3]);
    const id = beat(node);
    node.receive(n2, heartbeatAnswer(round, n1, id));
    expect(node.paxos.leaseHolds()).toBe(false);
    node.receive(n4, heartbeatAnswer(round, n1, id));
    expect(node.paxos.leaseHolds()).toBe(true);
  });

  test('is not helped by an answer to an old heartbeat, or in another ballot', () => {
    const { node, round } = servingLeader(n1, 3, [n2]);
    const old = beat(node);
    for (let count = 0; count < 4; count++) beat(node);
    node.receive(n2, heartbeatAnswer(round, n1, old)).receive(n3, heartbeatAnswer(round - 1, n1, old + 4));
    expect(node.paxos.leaseHolds()).toBe(false);
  });

  test('has none before it serves', () => {
    const node = votingMember(n1, 3);
    const round = campaign(node, [n2]);
    node.receive(n2, promise(round, n1, n2)).settle();
    node.receive(n2, heartbeatAnswer(round, n1, beat(node)));
    expect([node.paxos.role, node.paxos.serving, node.paxos.leaseHolds()]).toEqual(['leader', false, false]);
    node.receive(n2, accepted(round, n1, n2, 1));
    expect(node.paxos.leaseHolds()).toBe(true);
  });

  test('has none if leases are switched off', () => {
    const settings = { leaseMs: 200, clockDriftPermille: 100, leases: false };
    const node = votingMember(n1, 3, [recordOf(3, { genesis: genesisOf(3, { settings }) })]);
    const round = campaign(node, [n2]);
    node
      .receive(n2, promise(round, n1, n2))
      .settle()
      .receive(n2, accepted(round, n1, n2, 1));
    node.receive(n2, heartbeatAnswer(round, n1, beat(node)));
    expect([node.paxos.serving, node.paxos.leaseHolds()]).toEqual([true, false]);
  });

  test('of a cluster of one always has it', () => {
    const node = votingMember(n1, 1);
    node.wait(25).settle();
    expect([node.paxos.role, node.paxos.serving, node.paxos.leaseHolds()]).toEqual(['leader', true, true]);
  });
});

test('whatever the rates of two clocks within the bound, the holder stops before the grantor is free', () => {
  const rate = fc.double({ min: -1, max: 1, noNaN: true });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 10_000 }),
      fc.integer({ min: 0, max: 500 }),
      rate,
      rate,
      (leaseMs, permille, a, b) => {
        const drift = permille / 1000;
        const holderTrueMs = holderLeaseMs(leaseMs, permille) / (1 + a * drift);
        const grantorTrueMs = leaseMs / (1 + b * drift);
        expect(holderTrueMs).toBeLessThanOrEqual(grantorTrueMs * (1 + 1e-12));
      },
    ),
  );
});

describe('the grantor', () => {
  const heard = (): TestNode => {
    const node = votingMember(n1, 3);
    return node.receive(n3, heartbeat(5, n3, 1)).settle();
  };

  test('promises nothing higher until T after the receipt, answered or not', () => {
    const node = heard();
    node.receive(n2, prepare(6, n2));
    node.wait(199).settle();
    expect(node.paxos.promised).toEqual(ballot(5, n3));
    node.wait(1).settle();
    expect(node.paxos.promised).toEqual(ballot(6, n2));
  });

  test('is bound anew by each heartbeat', () => {
    const node = heard();
    node.nowMs += 150;
    node.receive(n3, heartbeat(5, n3, 2));
    node.receive(n2, prepare(6, n2));
    node.wait(199).settle();
    expect(node.paxos.promised).toEqual(ballot(5, n3));
  });

  test('may be bound from before a restart, and waits T after it', () => {
    const node = votingMember(n1, 3);
    node.nowMs -= 200;
    node.receive(n2, prepare(6, n2));
    node.wait(199).settle();
    expect(node.paxos.promised.round).toBe(0);
    node.wait(1).settle();
    expect(node.paxos.promised).toEqual(ballot(6, n2));
  });

  test('is a leader too: it grants to itself by sending', () => {
    const { node, round } = servingLeader(n1, 3, [n2]);
    beat(node);
    const sentMs = node.nowMs;
    // Deposed by a rejection, it is still bound by its own grant.
    node.nowMs += 110;
    node.receive(n3, { type: 'rejected', ballot: ballot(round, n1), promised: ballot(round + 1, n3) });
    node.receive(n2, prepare(round + 2, n2));
    node.wait(sentMs + 199 - node.nowMs).settle();
    expect(node.paxos.promised).toEqual(ballot(round, n1));
    node.wait(1).settle();
    expect(node.paxos.promised).toEqual(ballot(round + 2, n2));
  });
});

describe('suspension', () => {
  test('ends the lease until a heartbeat sent afterwards is confirmed', () => {
    const { node, round } = servingLeader(n1, 3, [n2]);
    const before = beat(node);
    node.receive(n2, heartbeatAnswer(round, n1, before));
    expect(node.paxos.leaseHolds()).toBe(true);
    node.suspendedMs += 101;
    node.take();
    node.wait(0);
    expect(node.noticeCodes()).toContain('suspended');
    expect(node.paxos.leaseHolds()).toBe(false);
    const after = node.taken('heartbeat')[0]?.id ?? 0;
    expect(after).toBeGreaterThan(before);
    node.receive(n3, heartbeatAnswer(round, n1, before));
    expect(node.paxos.leaseHolds()).toBe(false);
    node.receive(n2, heartbeatAnswer(round, n1, after));
    expect(node.paxos.leaseHolds()).toBe(true);
  });

  test('is not seen in the coarseness of the uptime', () => {
    const { node, round } = servingLeader(n1, 3, [n2]);
    node.receive(n2, heartbeatAnswer(round, n1, beat(node)));
    for (const suspendedMs of [90, 10, 99, 1, 100]) {
      node.nowMs += 100;
      node.suspendedMs = suspendedMs;
      node.turn(() => {});
    }
    expect(node.noticeCodes()).not.toContain('suspended');
  });

  test('time that goes back is a broken invariant', () => {
    const { node } = servingLeader(n1, 3, [n2]);
    node.nowMs -= 1;
    expect(() => node.wait(0)).toThrow(AssertionFailure);
  });
});

/** A long lease and short silences: only the grants keep two leaders apart. */
const impatient = {
  timing: {
    ...defaultTiming,
    heartbeatMs: 20,
    silenceMsLow: 300,
    silenceMsHigh: 400,
    greetingWaitMs: 300,
    retryMs: 20,
  },
  settings: { leaseMs: 1000, clockDriftPermille: 100, leases: true },
};

describe('exclusivity', () => {
  // The harness throws when two leases hold at one moment of true time.
  test.each([1, 2, 3, 4, 5, 6])('a leader that stands still with its clock running slow (seed %i)', (seed) => {
    const rates = [0, 1, 2].map((index) => ((index + seed) % 3 === 0 ? 0.9 : 1.1));
    const harness = new Harness({ seed, count: 3, rates, options: impatient }).startAll();
    let takenOver = 0;
    for (let attempt = 0; attempt < 6; attempt++) {
      harness.runUntil(() => harness.servingLeader()?.paxos.leaseHolds() === true);
      const leader = harness.servingLeader();
      if (leader === undefined) throw new Error('no leader');
      const before = leader.paxos.ballot;
      // It wakes up about when the grants of the others run out.
      harness.pause(leader.nodeId, 880 + 60 * attempt);
      harness.run(3000);
      if (harness.servingLeader()?.paxos.ballot.nodeId !== before.nodeId) takenOver += 1;
    }
    expect(takenOver).toBeGreaterThan(0);
  });

  test('a leader that was suspended finds out', () => {
    const harness = new Harness({ seed: 4, count: 3, options: impatient }).startAll();
    harness.runUntil(() => harness.servingLeader()?.paxos.leaseHolds() === true);
    const leader = harness.servingLeader();
    if (leader === undefined) throw new Error('no leader');
    harness.suspend(leader.nodeId, 5000);
    harness.runUntil(() => harness.machines.some((machine) => machine !== leader && machine.paxos.serving));
    const other = harness.machines.find((machine) => machine !== leader && machine.paxos.serving);
    if (other !== undefined) harness.propose(other, 'newer');
    harness.run(8000);
    expect(leader.notices).toContain('suspended');
    expect(leader.paxos.role).toBe('follower');
  });
});
