import { describe, expect, test } from 'vitest';
import { AssertionFailure } from '../../src/wire/assert.ts';
import {
  accept,
  accepted,
  ballot,
  campaign,
  heartbeat,
  learned,
  n1,
  n2,
  n3,
  optionsOf,
  prepare,
  promise,
  recordOf,
  TestNode,
  textOf,
  vote,
  votingMember,
  welcome,
} from './node.ts';

describe('what the journal gives back', () => {
  test('the promise', () => {
    const before = votingMember(n1, 3).receive(n2, prepare(5, n2)).settle();
    const node = votingMember(n1, 3, before.disk);
    expect(node.paxos.promised).toEqual(ballot(5, n2));
    node.receive(n3, accept(4, n3, 1, 'a'));
    expect(node.taken('rejected')).toHaveLength(1);
  });

  test('for each slot the value of the highest ballot, and the chosen one before all', () => {
    const records = [
      recordOf(3, { accepted: [vote(1, 3, n3, 'a3'), vote(2, 3, n3, 'b3')], promised: ballot(3, n3) }),
      recordOf(3, { sequence: 2, accepted: [vote(1, 4, n2, 'a4')], promised: ballot(4, n2) }),
      recordOf(3, { sequence: 3, accepted: [learned(2, 2, n2, 'b')], promised: ballot(4, n2) }),
    ];
    const [reported] = votingMember(n1, 3, records).receive(n3, prepare(9, n3)).settle().taken('promise');
    expect(reported?.accepted.map(({ slot, value }) => [slot, textOf(value)])).toEqual([
      [1, 'a4'],
      [2, 'b'],
    ]);
  });

  test('what is chosen, which may be applied while the journal is read', () => {
    const options = optionsOf(n1, 3);
    const node = new TestNode(options);
    const { paxos } = node;
    expect(paxos.chosenThrough).toBe(0);
    const booted = new TestNode(options, [
      recordOf(3, { accepted: [vote(1, 3, n3, 'a')], promised: ballot(3, n3) }),
      recordOf(3, { sequence: 2, chosenThrough: 1, accepted: [vote(2, 3, n3, 'b')], promised: ballot(3, n3) }),
      recordOf(3, { sequence: 3, promised: ballot(3, n3) }),
    ]);
    expect(booted.paxos.chosenThrough).toBe(1);
    expect(textOf(booted.paxos.chosenValue(1))).toBe('a');
  });

  test('a journal with a hole is a broken invariant', () => {
    expect(() => new TestNode(optionsOf(n1, 3), [recordOf(3), recordOf(3, { sequence: 3 })])).toThrow(AssertionFailure);
  });
});

describe('after a boot', () => {
  test('no ballot of a former life is used', () => {
    const first = votingMember(n1, 3);
    const round = campaign(first, [n2]);
    first.receive(n2, promise(round, n1, n2)).settle();
    const again = votingMember(n1, 3, first.disk);
    expect(again.paxos.role).toBe('follower');
    again.receive(n2, accepted(round, n1, n2, 1)).receive(n2, promise(round, n1, n2));
    expect(again.paxos.chosenThrough).toBe(0);
    expect(campaign(again, [n2])).toBeGreaterThan(round);
  });

  test('nothing is promised, accepted or granted before the others have answered the greeting', () => {
    const node = new TestNode(optionsOf(n1, 3), [recordOf(3)]);
    welcome(node, n2);
    node.nowMs += 300;
    node.take();
    node
      .receive(n2, prepare(5, n2))
      .receive(n2, accept(5, n2, 1, 'a'))
      .receive(n2, heartbeat(5, n2, 1))
      .settle();
    node.receive(n2, { type: 'preVote', ballot: ballot(6, n2) });
    expect(node.take()).toEqual([]);
    welcome(node, n3);
    node.receive(n2, prepare(5, n2)).settle();
    expect(node.taken('promise')).toHaveLength(1);
  });

  test('the wait for greetings ends', () => {
    const node = new TestNode(optionsOf(n1, 3), [recordOf(3)]);
    node.nowMs += 1999;
    node.receive(n2, prepare(5, n2)).settle();
    expect(node.paxos.promised.round).toBe(0);
    node.nowMs += 1;
    node.receive(n2, prepare(5, n2)).settle();
    expect(node.paxos.promised.round).toBe(5);
  });

  test('a node does not campaign before its wait has ended either', () => {
    const node = new TestNode(optionsOf(n1, 3), [recordOf(3)]);
    while (node.nowMs < 1990) node.wait(10);
    expect(node.paxos.role).toBe('follower');
    node.wait(10);
    expect(node.paxos.role).toBe('candidate');
  });

  test('an answer to an earlier boot does not end it', () => {
    const node = new TestNode(optionsOf(n1, 3), [recordOf(3)]);
    welcome(node, n2, { bootId: 'n1-boot-0' });
    welcome(node, n3);
    node.nowMs += 300;
    node.receive(n2, prepare(5, n2)).settle();
    expect(node.paxos.promised.round).toBe(0);
  });

  test('a greeting is repeated until it is answered', () => {
    const node = new TestNode(optionsOf(n1, 3), [recordOf(3)]);
    expect(node.taken('greeting').map(({ to }) => to)).toEqual([n2, n3]);
    welcome(node, n2);
    node.wait(100);
    expect(node.taken('greeting').map(({ to }) => to)).toEqual([n3]);
    node.turn((effects) => node.paxos.onPeerConnected(n2, effects));
    expect(node.taken('greeting')).toMatchObject([{ to: n2, sequence: 1, formed: true, clusterId: 'cluster-1' }]);
  });
});

describe('a directory that was rolled back', () => {
  const seen = (sequence: number, incarnation = 'n1-a') => ({ nodeId: n1, incarnation, sequence });

  test('adds nothing to its journal before the others have judged it, or it would look as long as it was', () => {
    const node = new TestNode(optionsOf(n1, 3), [recordOf(3)]);
    node.receive(n2, accepted(1, n1, n2, 0));
    for (let waited = 0; waited < 1_500; waited += 100) node.wait(100).settle();
    expect(node.disk).toHaveLength(1);
    welcome(node, n3, { seen: seen(2) });
    expect(node.halted).toMatchObject({ code: 'ROLLED_BACK' });
    const sound = new TestNode(optionsOf(n1, 3), [recordOf(3)]);
    sound.receive(n2, accepted(1, n1, n2, 0));
    welcome(sound, n2);
    welcome(sound, n3);
    for (let waited = 0; waited < 1_500; waited += 100) sound.wait(100).settle();
    expect(sound.disk.flatMap(({ seen: claims }) => claims)).toMatchObject([{ nodeId: n2 }]);
  });

  test('is noticed by whoever has seen more', () => {
    const node = new TestNode(optionsOf(n1, 3), [recordOf(3)]);
    welcome(node, n2, { seen: seen(2) });
    expect(node.halted).toMatchObject({ code: 'ROLLED_BACK' });
    expect(node.halted?.reason).toMatch(/n2 has seen journal record 2 .* ends at 1/);
    node.take();
    node.receive(n2, prepare(5, n2)).wait(5000);
    expect(node.take()).toEqual([]);
  });

  test('is not suspected for what it has, for another incarnation, or by a late answer', () => {
    const node = new TestNode(optionsOf(n1, 3), [recordOf(3)]);
    welcome(node, n2, { seen: seen(1) });
    welcome(node, n2, { seen: seen(7, 'n1-b') });
    welcome(node, n2, { seen: seen(7), bootId: 'n1-boot-0' });
    welcome(node, n2, { seen: seen(7), clusterId: 'cluster-2' });
    expect(node.halted).toBeUndefined();
  });

  test('is noticed too if it was the leader, of whose acceptances its heartbeats alone tell', () => {
    const leader = votingMember(n1, 3);
    const round = campaign(leader, [n2]);
    leader.receive(n2, promise(round, n1, n2)).settle();
    leader.take();
    leader.wait(100).settle();
    const [told] = leader.taken('heartbeat');
    const lastVote = leader.disk.findLast(({ accepted: values }) => values.length > 0)?.sequence;
    expect(lastVote).toBeGreaterThan(1);
    expect(told?.sequence).toBe(lastVote);
    const follower = votingMember(n3, 3);
    follower.receive(n1, { ...heartbeat(round, n1, 1), sequence: lastVote } as ReturnType<typeof heartbeat>).settle();
    follower.receive(n1, {
      type: 'greeting',
      clusterId: 'cluster-1',
      clusterName: 'test',
      incarnation: 'n1-a',
      bootId: 'n1-boot-2',
      formed: true,
      sequence: 1,
      chosenThrough: 0,
      configuration: undefined,
      initial: [],
      supportedLevel: 2,
    });
    expect(follower.taken('greetingAnswer').at(-1)?.seen).toMatchObject({ nodeId: n1, sequence: lastVote });
  });

  test('a follower tells of what it holds with every answer, and an idle cluster writes nothing', () => {
    const follower = votingMember(n3, 3)
      .receive(n2, accept(5, n2, 1, 'a'))
      .settle();
    follower.take();
    follower.receive(n2, heartbeat(5, n2, 1)).settle();
    const { length } = follower.disk;
    for (let id = 2; id < 40; id++) {
      follower
        .wait(50)
        .receive(n2, { ...heartbeat(5, n2, id), sequence: 7 } as ReturnType<typeof heartbeat>)
        .settle();
    }
    expect(follower.taken('heartbeatAnswer').map(({ sequence }) => sequence)).toEqual(new Array(39).fill(length));
    expect(follower.disk).toHaveLength(length + 1);
  });

  test('what others claimed is remembered across restarts, and told to them', () => {
    const leader = votingMember(n1, 3);
    const round = campaign(leader, [n2]);
    leader.receive(n2, { ...promise(round, n1, n2), sequence: 40 } as ReturnType<typeof promise>).settle();
    expect(leader.disk.flatMap(({ seen: claims }) => claims)).toContainEqual({
      nodeId: n2,
      incarnation: 'n2-a',
      sequence: 40,
    });
    const again = votingMember(n1, 3, leader.disk);
    again.receive(n2, {
      type: 'greeting',
      clusterId: 'cluster-1',
      clusterName: 'test',
      incarnation: 'n2-a',
      bootId: 'x',
      formed: true,
      sequence: 12,
      chosenThrough: 0,
      configuration: undefined,
      initial: [],
      supportedLevel: 2,
    });
    expect(again.taken('greetingAnswer')).toMatchObject([
      { to: n2, bootId: 'x', verdict: { kind: 'welcome' }, seen: { nodeId: n2, sequence: 40 } },
    ]);
  });
});

test('a directory of another incarnation than the cluster knows does not start', () => {
  const node = new TestNode(optionsOf(n1, 3, { incarnation: 'n1-b' }), [recordOf(3)]);
  expect(node.halted?.code).toBe('STRANGE_INCARNATION');
});

test('a failed write ends the node: nothing on that disk may be trusted', () => {
  const node = votingMember(n1, 3).receive(n2, prepare(5, n2));
  node.turn((effects) => node.paxos.onPersistFailed(2, 'ENOSPC', effects));
  expect(node.halted).toMatchObject({ code: 'PERSIST_FAILED' });
  expect(node.halted?.reason).toContain('ENOSPC');
  expect(node.taken('promise')).toEqual([]);
});
