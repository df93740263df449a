import { describe, expect, test } from 'vitest';
import { paxosLimits } from '../../src/paxos/paxos.ts';
import { AssertionFailure } from '../../src/wire/assert.ts';
import {
  accepted,
  ballot,
  heartbeat,
  heartbeatAnswer,
  n1,
  n2,
  n3,
  n4,
  nodeIds,
  prepare,
  servingLeader,
  type TestNode,
  textOf,
} from './node.ts';

const slotsSentTo = (node: TestNode, to: string): number[] =>
  node.taken('accept').flatMap((message) => (message.to === to ? [message.slot] : []));

/** Both peers answer the newest heartbeat, for so long. */
function live(node: TestNode, round: number, peers: readonly (typeof n1)[], ms: number, diskWorks = true): void {
  for (let lived = 0; lived < ms; lived += 25) {
    node.wait(25);
    if (diskWorks) node.settle();
    const sent = node.taken('heartbeat').at(-1);
    if (sent !== undefined) for (const peer of peers) node.receive(peer, heartbeatAnswer(round, n1, sent.id));
  }
}

describe('phase 2', () => {
  test('accepts leave at once, while the own disk is written', () => {
    const { node } = servingLeader(n1, 3, [n2]);
    expect(node.propose('a')).toBe(2);
    expect(node.pending?.accepted.map(({ slot }) => slot)).toEqual([2]);
    expect(node.taken('accept').map(({ to, slot, value }) => [to, slot, textOf(value)])).toEqual([
      [n2, 2, 'a'],
      [n3, 2, 'a'],
    ]);
  });

  test('a slot is chosen when a quorum holds it, the own disk included once it is written', () => {
    const { node, round } = servingLeader(n1, 3, [n2]);
    node.propose('a');
    node.receive(n2, accepted(round, n1, n2, 2));
    expect(node.paxos.chosenThrough).toBe(1);
    node.persist();
    expect(node.paxos.chosenThrough).toBe(2);
  });

  test('the disks of others suffice', () => {
    const { node, round } = servingLeader(n1, 3, [n2]);
    node.propose('a');
    node.receive(n2, accepted(round, n1, n2, 2)).receive(n3, accepted(round, n1, n3, 2));
    expect(node.paxos.chosenThrough).toBe(2);
  });

  test('an answer in an older ballot does not count', () => {
    const { node, round } = servingLeader(n1, 3, [n2]);
    node.propose('a');
    node.settle();
    node.receive(n2, accepted(round - 1, n1, n2, 2)).receive(n3, accepted(round + 1, n3, n3, 2));
    node.receive(n3, heartbeatAnswer(round - 1, n1, 1, { acceptedThrough: 2 }));
    expect(node.paxos.chosenThrough).toBe(1);
  });

  test('a member cannot answer twice', () => {
    const { node, round } = servingLeader(n1, 5, [n2, n3]);
    node.propose('a');
    node.settle();
    node.receive(n2, accepted(round, n1, n2, 2)).receive(n2, accepted(round, n1, n2, 2));
    expect(node.paxos.chosenThrough).toBe(1);
    node.receive(n4, accepted(round, n1, n4, 2));
    expect(node.paxos.chosenThrough).toBe(2);
  });

  test('a lone write is told to be chosen at once, by a heartbeat', () => {
    const { node, round } = servingLeader(n1, 3, [n2]);
    node.propose('a');
    node.settle().take();
    node.receive(n2, accepted(round, n1, n2, 2));
    expect(node.taken('heartbeat').map(({ to, chosenThrough }) => [to, chosenThrough])).toEqual([
      [n2, 2],
      [n3, 2],
    ]);
  });

  test('a lone write is not told to followers without clients, until one of them has some', () => {
    const { node, round } = servingLeader(n1, 3, [n2]);
    node.propose('a');
    node.settle().take();
    node.receive(n3, accepted(round, n1, n3, 1, true)).receive(n2, accepted(round, n1, n2, 2, true));
    expect(node.paxos.chosenThrough).toBe(2);
    expect(node.taken('heartbeat')).toEqual([]);
    node.receive(n3, accepted(round, n1, n3, 1));
    expect(node.taken('heartbeat').find(({ to }) => to === n3)?.chosenThrough).toBe(2);
  });

  test('the window is bounded in slots', () => {
    const { node, round } = servingLeader(n1, 3, [n2]);
    for (let count = 0; count < paxosLimits.openSlots; count++) node.propose('v');
    expect([node.paxos.canPropose(), node.paxos.openSlots]).toEqual([false, paxosLimits.openSlots]);
    expect(() => node.propose('v')).toThrow(AssertionFailure);
    node.settle().receive(n2, accepted(round, n1, n2, 2));
    expect(node.paxos.canPropose()).toBe(true);
  });

  test('the window is bounded in bytes', () => {
    const { node } = servingLeader(n1, 3, [n2]);
    const value = new Uint8Array(1024 * 1024);
    let count = 0;
    while (node.paxos.canPropose()) {
      node.turn((effects) => node.paxos.propose(value, effects));
      count += 1;
    }
    expect(count).toBe(16);
    expect(node.paxos.status().openBytes).toBe(paxosLimits.openBytes);
  });
});

describe('lost messages', () => {
  test('an accept without effect is sent again, less and less often', () => {
    const { node, round } = servingLeader(n1, 3, [n2]);
    node.propose('a');
    node.settle().take();
    const sentAtMs: number[] = [];
    const startMs = node.nowMs;
    for (let waited = 0; waited < 1500; waited += 25) {
      node.wait(25);
      node.receive(n2, heartbeatAnswer(round, n1, node.paxos.confirmedThrough, { acceptedThrough: 1 }));
      if (slotsSentTo(node, n2).includes(2)) sentAtMs.push(node.nowMs - startMs);
    }
    expect(sentAtMs).toEqual([100, 300, 700, 1500]);
  });

  test('what the peer has is not sent again', () => {
    const { node, round } = servingLeader(n1, 3, [n2]);
    for (const value of ['a', 'b', 'c']) node.propose(value);
    node.settle().take();
    node.wait(100);
    node.receive(n2, accepted(round, n1, n2, 3));
    node.wait(100);
    node.take();
    node.receive(n2, heartbeatAnswer(round, n1, 0, { acceptedThrough: 3 }));
    expect(slotsSentTo(node, n2)).toEqual([4]);
  });

  test('a new connection is told everything that is open', () => {
    const { node, round } = servingLeader(n1, 3, [n2]);
    for (const value of ['a', 'b', 'c']) node.propose(value);
    node.receive(n2, accepted(round, n1, n2, 2));
    node.take();
    node.turn((effects) => node.paxos.onPeerConnected(n2, effects));
    const sent = node.take().filter(({ to }) => to === n2);
    expect(sent.flatMap(({ message }) => (message.type === 'accept' ? [message.slot] : []))).toEqual([3, 4]);
    expect(sent.some(({ message }) => message.type === 'heartbeat')).toBe(true);
  });

  test('a peer that lacks what came before the ballot is not sent the same again and again', () => {
    const { node, round } = servingLeader(n1, 3, [n2]);
    node.propose('a');
    node.settle().take();
    for (let waited = 0; waited < 1000; waited += 50) {
      node.wait(50);
      const sent = node.taken('heartbeat').at(-1)?.id ?? 0;
      node.receive(n2, heartbeatAnswer(round, n1, sent, { acceptedThrough: 2 }));
      node.receive(n3, heartbeatAnswer(round, n1, sent, { acceptedThrough: 0 }));
    }
    // Slot 1 is this ballot's first, so n3 lacks it and is sent it again; one below it would be learned instead.
    expect(node.paxos.status().peers.find(({ nodeId }) => nodeId === n3)?.acceptedThrough).toBe(0);
  });
});

describe('stepping down', () => {
  test('a leader that no quorum answers makes room', () => {
    const { node } = servingLeader(n1, 3, [n2]);
    for (let waited = 0; waited < 600; waited += 25) node.wait(25);
    expect(node.paxos.role).toBe('leader');
    node.wait(25);
    expect([node.paxos.role, node.paxos.leader, node.paxos.serving]).toEqual(['follower', undefined, false]);
    expect(node.noticeCodes()).toContain('stepped-down');
  });

  test('a leader that one peer of two answers goes on', () => {
    const { node, round } = servingLeader(n1, 3, [n2]);
    live(node, round, [n2], 3000);
    expect(node.paxos.role).toBe('leader');
  });

  test('a leader whose own disk does not answer makes room, and does not campaign', () => {
    const { node, round } = servingLeader(n1, 3, [n2]);
    node.propose('a');
    live(node, round, [n2, n3], 600, false);
    expect(node.paxos.role).toBe('leader');
    live(node, round, [n2, n3], 50, false);
    expect(node.paxos.role).toBe('follower');
    live(node, round, [n2, n3], 3000, false);
    expect(node.paxos.role).toBe('follower');
  });

  test('a leader of a higher ballot is followed', () => {
    const { node, round } = servingLeader(n1, 3, [n2]);
    node.receive(n3, heartbeat(round + 1, n3, 1));
    expect([node.paxos.role, node.paxos.leader]).toEqual(['follower', n3]);
  });

  test('a leader with a quorum refuses a prepare', () => {
    const { node, round } = servingLeader(n1, 3, [n2]);
    node.receive(n3, prepare(round + 1, n3)).settle();
    expect(node.taken('rejected')).toMatchObject([{ to: n3, ballot: ballot(round + 1, n3) }]);
    expect(node.paxos.role).toBe('leader');
  });
});

describe('a member that has promised more than the leader has', () => {
  test('is brought back by a new ballot of the leader that still leads', () => {
    const { node, round } = servingLeader(n1, 3, [n2]);
    live(node, round, [n2], 100);
    node.receive(n3, { type: 'rejected', ballot: ballot(round, n1), promised: ballot(round + 4, n3) });
    expect(node.paxos.role).toBe('candidate');
    node.settle();
    // Its own grants to the ballot that it gave up bind nobody any more.
    expect(node.taken('prepare')).toMatchObject([
      { to: n2, ballot: ballot(round + 5, n1), transferOf: ballot(round, n1) },
      { to: n3 },
    ]);
  });

  test('means that this leader is deposed, if its quorum is gone too', () => {
    const { node, round } = servingLeader(n1, 3, [n2]);
    for (let waited = 0; waited < 200; waited += 25) node.wait(25);
    node.receive(n3, { type: 'rejected', ballot: ballot(round, n1), promised: ballot(round + 4, n3) });
    expect(node.paxos.role).toBe('follower');
  });

  test('does not matter to a later ballot', () => {
    const { node, round } = servingLeader(n1, 3, [n2]);
    node.receive(n3, { type: 'rejected', ballot: ballot(round - 1, n1), promised: ballot(round, n1) });
    expect(node.paxos.role).toBe('leader');
  });
});

describe('confirmation', () => {
  test('all requests of a turn share one fresh heartbeat, which a quorum must answer', () => {
    const { node, round } = servingLeader(n1, 5, [n2, n3]);
    const ids: number[] = [];
    node.turn((effects) => {
      ids.push(node.paxos.requestConfirmation(effects), node.paxos.requestConfirmation(effects));
    });
    const [first = 0, second] = ids;
    expect(second).toBe(first);
    expect(node.taken('heartbeat').map(({ to, id }) => [to, id])).toEqual(
      nodeIds(5)
        .slice(1)
        .map((to) => [to, first]),
    );
    node.receive(n2, heartbeatAnswer(round, n1, first));
    expect(node.paxos.confirmedThrough).toBeLessThan(first);
    node.receive(n3, heartbeatAnswer(round, n1, first - 1));
    expect(node.paxos.confirmedThrough).toBeLessThan(first);
    node.receive(n4, heartbeatAnswer(round, n1, first));
    expect(node.paxos.confirmedThrough).toBe(first);
  });

  test('the answer to a later heartbeat confirms the earlier', () => {
    const { node, round } = servingLeader(n1, 3, [n2]);
    let id = 0;
    node.turn((effects) => {
      id = node.paxos.requestConfirmation(effects);
    });
    node.wait(50);
    node.receive(n2, heartbeatAnswer(round, n1, id + 1));
    expect(node.paxos.confirmedThrough).toBe(id + 1);
  });

  test('only a leader may ask', () => {
    const { node } = servingLeader(n1, 3, [n2]);
    node.receive(n3, heartbeat(99, n3, 1));
    expect(() => node.paxos.requestConfirmation([])).toThrow(AssertionFailure);
  });
});
