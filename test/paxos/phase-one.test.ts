import { describe, expect, test } from 'vitest';
import { AssertionFailure } from '../../src/wire/assert.ts';
import {
  accepted,
  ballot,
  campaign,
  heartbeat,
  learn,
  learned,
  n1,
  n2,
  n3,
  n4,
  n5,
  promise,
  recordOf,
  type TestNode,
  text,
  textOf,
  vote,
  votingMember,
} from './node.ts';

/** What a leader proposes to `n2`, as `slot=value`. */
function proposals(node: TestNode): string[] {
  return node.taken('accept').flatMap(({ to, slot, value }) => (to === n2 ? [`${slot}=${textOf(value)}`] : []));
}

describe('the values of a new ballot', () => {
  test('nothing was accepted: a no-op', () => {
    const node = votingMember(n1, 3);
    const round = campaign(node, [n2]);
    node.receive(n2, promise(round, n1, n2));
    expect(node.paxos.role).toBe('leader');
    expect(proposals(node)).toEqual(['1=no-op']);
  });

  test('for every slot, the value of the highest ballot of the quorum', () => {
    const own = [vote(1, 2, n2, 'a2'), vote(2, 4, n2, 'b4'), vote(3, 1, n2, 'c1')];
    const node = votingMember(n1, 5, [recordOf(5, { promised: ballot(4, n2), accepted: own })]);
    const round = campaign(node, [n2, n3]);
    node.take();
    node.receive(
      n2,
      promise(round, n1, n2, { accepted: [vote(1, 3, n3, 'a3'), vote(2, 3, n3, 'b3'), vote(3, 2, n2, 'c2')] }),
    );
    node.receive(n4, promise(round, n1, n4, { accepted: [vote(1, 3, n2, 'a3-'), vote(3, 3, n3, 'c3')] }));
    expect(proposals(node)).toEqual(['1=a3', '2=b4', '3=c3']);
  });

  test('a hole becomes a no-op', () => {
    const node = votingMember(n1, 3);
    const round = campaign(node, [n2]);
    node.take();
    node.receive(n2, promise(round, n1, n2, { accepted: [vote(2, 1, n3, 'b'), vote(5, 1, n3, 'e')] }));
    expect(proposals(node)).toEqual(['1=no-op', '2=b', '3=no-op', '4=no-op', '5=e']);
    expect(node.paxos.servingFrom).toBe(5);
  });

  test('two values in one ballot and slot are a broken invariant', () => {
    const node = votingMember(n1, 5);
    const round = campaign(node, [n2, n3]);
    node.receive(n2, promise(round, n1, n2, { accepted: [vote(1, 1, n3, 'a')] }));
    expect(() => node.receive(n3, promise(round, n1, n3, { accepted: [vote(1, 1, n3, 'b')] }))).toThrow(
      AssertionFailure,
    );
  });
});

describe('what counts as a promise', () => {
  test('one quorum, oneself included, is enough; less is not', () => {
    const node = votingMember(n1, 5);
    const round = campaign(node, [n2, n3]);
    node.receive(n2, promise(round, n1, n2)).receive(n2, promise(round, n1, n2));
    expect(node.paxos.role).toBe('candidate');
    node.receive(n5, promise(round, n1, n5));
    expect(node.paxos.role).toBe('leader');
  });

  test('an answer to an older attempt is ignored', () => {
    const node = votingMember(n1, 3, [recordOf(3, { promised: ballot(4, n1) })]);
    const round = campaign(node, [n2]);
    node.receive(n2, promise(4, n1, n2)).receive(n3, promise(round - 1, n1, n3));
    expect(node.paxos.role).toBe('candidate');
  });

  test('a rejection of an older attempt is not a preemption', () => {
    const node = votingMember(n1, 3, [recordOf(3, { promised: ballot(4, n1) })]);
    campaign(node, [n2]);
    node.receive(n2, { type: 'rejected', ballot: ballot(4, n1), promised: ballot(9, n2) });
    expect(node.paxos.role).toBe('candidate');
  });

  test('all parts, in whatever order', () => {
    const node = votingMember(n1, 3);
    const round = campaign(node, [n2]);
    node.take();
    node.receive(n2, promise(round, n1, n2, { part: 2, last: true, accepted: [vote(3, 1, n3, 'c')] }));
    node.receive(n2, promise(round, n1, n2, { part: 0, last: false, accepted: [vote(1, 1, n3, 'a')] }));
    expect(node.paxos.role).toBe('candidate');
    node.receive(n2, promise(round, n1, n2, { part: 1, last: false, accepted: [vote(2, 1, n3, 'b')] }));
    expect(proposals(node)).toEqual(['1=a', '2=b', '3=c']);
  });

  test('parts of two statements are not mixed', () => {
    const node = votingMember(n1, 3);
    const round = campaign(node, [n2]);
    node.take();
    const part = (sequence: number, index: number, last: boolean, slots: string): void => {
      const accepted = [...slots].map((slot) => vote(Number(slot), 1, n3, slot));
      node.receive(n2, promise(round, n1, n2, { sequence, part: index, last, accepted }));
    };
    part(7, 0, false, '12');
    part(8, 1, true, '34');
    part(7, 1, true, '345');
    expect(node.paxos.role).toBe('candidate');
    part(8, 0, false, '12');
    expect(proposals(node)).toEqual(['1=1', '2=2', '3=3', '4=4']);
  });
});

describe('a candidate that lacks what its quorum knows to be chosen', () => {
  function lacking(): { node: TestNode; round: number } {
    const node = votingMember(n1, 3);
    const round = campaign(node, [n2]);
    node.take();
    node.receive(n2, promise(round, n1, n2, { chosenThrough: 2, accepted: [vote(3, 1, n3, 'c')] }));
    return { node, round };
  }

  test('fetches it before it proposes anything', () => {
    const { node } = lacking();
    expect(node.paxos.role).toBe('candidate');
    expect(node.take()).toEqual([{ to: n2, message: { type: 'fetch', fromSlot: 1, toSlot: 2 } }]);
    node.receive(n2, learn([learned(1, 1, n3, 'a'), learned(2, 1, n3, 'b')], 2));
    expect(proposals(node)).toEqual(['3=c']);
  });

  test('asks again when the answer is lost', () => {
    const { node } = lacking();
    node.take();
    node.wait(200);
    expect(node.taken('fetch')).toMatchObject([{ to: n2, fromSlot: 1 }]);
  });

  test('does not take its own old value for a slot that is chosen', () => {
    const record = recordOf(3, { promised: ballot(1, n3), accepted: [vote(1, 1, n3, 'stale')] });
    const node = votingMember(n1, 3, [record]);
    const round = campaign(node, [n2]);
    node.take();
    node.receive(n2, promise(round, n1, n2, { chosenThrough: 1 }));
    node.receive(n2, learn([learned(1, 2, n2, 'chosen')], 1));
    expect(node.paxos.chosenValue(1)).toEqual(text('chosen'));
    expect(proposals(node)).toEqual(['2=no-op']);
  });

  test('gives up when nobody can tell, and tries again', () => {
    const { node, round } = lacking();
    for (let waited = 0; waited < 5000 && node.paxos.ballot.round <= round; waited += 25) node.wait(25);
    expect(node.paxos.ballot.round).toBeGreaterThan(round);
  });
});

test('a leader serves once everything that it adopted is chosen', () => {
  const node = votingMember(n1, 3);
  const round = campaign(node, [n2]);
  node.receive(n2, promise(round, n1, n2, { accepted: [vote(1, 1, n3, 'a'), vote(2, 1, n3, 'b')] })).settle();
  const hold = (through: number): void => {
    node.receive(n2, accepted(round, n1, n2, through));
  };
  hold(1);
  expect([node.paxos.chosenThrough, node.paxos.serving]).toEqual([1, false]);
  hold(2);
  expect([node.paxos.chosenThrough, node.paxos.serving, node.paxos.servingFrom]).toEqual([2, true, 2]);
});

test('prepare leaves once the own promise is durable, and is repeated to those that did not answer', () => {
  const node = votingMember(n1, 3);
  for (let waited = 0; node.paxos.role !== 'candidate' && waited < 2000; waited += 25) node.wait(25);
  const own = node.paxos.ballot;
  node.receive(n2, {
    type: 'preVoteAnswer',
    ballot: own,
    granted: true,
    promised: { round: 0, nodeId: '' },
    chosenThrough: 0,
  });
  expect(node.taken('prepare')).toEqual([]);
  node.persist();
  expect(node.disk.at(-1)?.promised).toEqual(own);
  expect(node.taken('prepare').map(({ to }) => to)).toEqual([n2, n3]);
  node.receive(n2, promise(own.round, n1, n2, { last: false }));
  node.wait(100);
  expect(node.taken('prepare').map(({ to }) => to)).toEqual([n2, n3]);
});

test('a candidate that hears a higher leader follows it', () => {
  const node = votingMember(n1, 3);
  const round = campaign(node, [n2]);
  node.receive(n3, heartbeat(round + 1, n3, 1)).settle();
  expect([node.paxos.role, node.paxos.leader]).toEqual(['follower', n3]);
});
