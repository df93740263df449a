import { describe, expect, test } from 'vitest';
import { paxosLimits } from '../../src/paxos/paxos.ts';
import { AssertionFailure } from '../../src/wire/assert.ts';
import { accept, ballot, heartbeat, learn, n1, n2, n3, prepare, recordOf, text, vote, votingMember } from './node.ts';

describe('phase 1b', () => {
  test('a promise leaves when it is durable, not before', () => {
    const node = votingMember(n1, 3).receive(n2, prepare(5, n2));
    expect(node.taken('promise')).toEqual([]);
    expect(node.pending?.promised).toEqual(ballot(5, n2));
    node.persist();
    expect(node.taken('promise')).toMatchObject([{ to: n2, ballot: ballot(5, n2), sequence: 2, part: 0, last: true }]);
  });

  test('a lower ballot is rejected with the promise that stands against it', () => {
    const node = votingMember(n1, 3).receive(n3, prepare(5, n3)).settle().receive(n2, prepare(5, n2));
    expect(node.taken('rejected')).toMatchObject([{ to: n2, ballot: ballot(5, n2), promised: ballot(5, n3) }]);
  });

  test('a promise that was overtaken before it was durable is not sent', () => {
    const node = votingMember(n1, 3).receive(n2, prepare(5, n2)).receive(n3, prepare(6, n3));
    node.settle();
    expect(node.taken('promise').map(({ to }) => to)).toEqual([n3]);
  });

  test('a prepare that comes twice is answered twice, with the same statement', () => {
    const node = votingMember(n1, 3).receive(n2, prepare(5, n2)).settle();
    const first = node.taken('promise');
    const again = node.receive(n2, prepare(5, n2)).settle().taken('promise');
    expect(again).toEqual(first);
    expect(first).toHaveLength(1);
  });

  test('a prepare repeated after a restart makes a statement of its own record', () => {
    const before = votingMember(n1, 3).receive(n2, prepare(5, n2)).settle();
    const node = votingMember(n1, 3, before.disk).receive(n2, prepare(5, n2));
    expect(node.taken('promise')).toEqual([]);
    expect(node.settle().taken('promise')).toMatchObject([{ sequence: 3 }]);
  });

  test('accepted values are reported above the chosen prefix and from the slot asked for on', () => {
    const votes = [1, 2, 3, 4, 6].map((slot) => vote(slot, 3, n3, `v${slot}`));
    const record = recordOf(3, { promised: ballot(3, n3), accepted: votes, chosenThrough: 2 });
    const reported = (fromSlot: number): number[] => {
      const node = votingMember(n1, 3, [record])
        .receive(n2, prepare(5, n2, fromSlot))
        .settle();
      const [part] = node.taken('promise');
      expect(part?.chosenThrough).toBe(2);
      return part?.accepted.map(({ slot }) => slot) ?? [];
    };
    expect(reported(1)).toEqual([3, 4, 6]);
    expect(reported(4)).toEqual([4, 6]);
  });

  test('a long promise comes in parts', () => {
    const value = new Uint8Array(400 * 1024);
    const accepted = [1, 2, 3, 4, 5].map((slot) => ({ slot, ballot: ballot(3, n3), value, chosen: false }));
    const node = votingMember(n1, 3, [recordOf(3, { promised: ballot(3, n3), accepted })]);
    const parts = node.receive(n2, prepare(5, n2)).settle().taken('promise');
    expect(parts.map((part) => [part.part, part.last, part.accepted.map(({ slot }) => slot)])).toEqual([
      [0, false, [1, 2]],
      [1, false, [3, 4]],
      [2, true, [5]],
    ]);
  });

  test('a candidate cannot prepare a ballot of another', () => {
    const node = votingMember(n1, 3).receive(n2, prepare(5, n3)).settle();
    expect(node.take()).toEqual([]);
    expect(node.paxos.promised.round).toBe(0);
  });
});

describe('phase 2b', () => {
  test('accepted leaves when the value is durable', () => {
    const node = votingMember(n1, 3).receive(n2, accept(5, n2, 1, 'a'));
    expect(node.taken('accepted')).toEqual([]);
    node.persist();
    expect(node.disk.at(-1)).toMatchObject({ promised: ballot(5, n2), accepted: [vote(1, 5, n2, 'a')] });
    expect(node.taken('accepted')).toMatchObject([{ to: n2, ballot: ballot(5, n2), through: 1, sequence: 2 }]);
  });

  test('a ballot at or above the promise is accepted and adopted; one below is rejected', () => {
    const node = votingMember(n1, 3).receive(n2, prepare(5, n2)).settle();
    node.receive(n3, accept(6, n3, 1, 'a')).settle();
    expect(node.paxos.promised).toEqual(ballot(6, n3));
    node.take();
    node.receive(n2, accept(5, n2, 1, 'b')).settle();
    expect(node.taken('rejected')).toMatchObject([{ to: n2, ballot: ballot(5, n2), promised: ballot(6, n3) }]);
    expect(node.disk.flatMap(({ accepted }) => accepted)).toEqual([vote(1, 6, n3, 'a')]);
  });

  test('accepted covers what is contiguous, and waits for the slot that is missing', () => {
    const node = votingMember(n1, 3)
      .receive(n2, accept(5, n2, 1, 'a'))
      .receive(n2, accept(5, n2, 3, 'c'))
      .settle();
    expect(node.taken('accepted').at(-1)?.through).toBe(1);
    node.receive(n2, accept(5, n2, 2, 'b')).settle();
    expect(node.taken('accepted').at(-1)?.through).toBe(3);
  });

  test('a value accepted in an earlier ballot does not count in a later one', () => {
    const node = votingMember(n1, 3)
      .receive(n2, accept(5, n2, 1, 'a'))
      .settle();
    node.take();
    node.receive(n3, accept(6, n3, 2, 'b')).settle();
    expect(node.taken('accepted').at(-1)?.through).toBe(0);
  });

  test('many accepts of one turn of the disk share one record and one answer', () => {
    const node = votingMember(n1, 3).receive(n2, accept(5, n2, 1, 'a'));
    node
      .receive(n2, accept(5, n2, 2, 'b'))
      .receive(n2, accept(5, n2, 3, 'c'))
      .persist();
    node.take();
    node.persist();
    expect(node.disk.at(-1)?.accepted.map(({ slot }) => slot)).toEqual([2, 3]);
    expect(node.taken('accepted').map(({ through }) => through)).toEqual([3]);
  });

  test('an accept that comes twice is answered again, and not journaled again', () => {
    const node = votingMember(n1, 3)
      .receive(n2, accept(5, n2, 1, 'a'))
      .settle();
    node.take();
    node.receive(n2, accept(5, n2, 1, 'a'));
    expect(node.pending).toBeUndefined();
    expect(node.taken('accepted').map(({ through }) => through)).toEqual([1]);
  });

  test('two values in one ballot and slot are a broken invariant', () => {
    const node = votingMember(n1, 3).receive(n2, accept(5, n2, 1, 'a'));
    expect(() => node.receive(n2, accept(5, n2, 1, 'b'))).toThrow(AssertionFailure);
  });

  test('a chosen value is not replaced by what an older leader still proposes', () => {
    const node = votingMember(n1, 5);
    node.receive(n2, learn([{ ...vote(1, 7, n2, 'chosen'), chosen: true }], 1)).settle();
    node.take();
    node.receive(n3, accept(4, n3, 1, 'other')).settle();
    expect(node.paxos.chosenValue(1)).toEqual(text('chosen'));
    expect(node.disk.flatMap(({ accepted }) => accepted)).toHaveLength(1);
    // It counts as held: "accepted in this ballot, or known to be chosen".
    expect(node.taken('accepted').at(-1)?.through).toBe(1);
  });

  test('what lies far above the chosen prefix is not taken', () => {
    const high = paxosLimits.acceptWindowSlots;
    const node = votingMember(n1, 3)
      .receive(n2, accept(5, n2, high, 'in'))
      .receive(n2, accept(5, n2, high + 1, 'out'));
    node.settle();
    expect(node.disk.flatMap(({ accepted }) => accepted.map(({ slot }) => slot))).toEqual([high]);
  });

  test('a heartbeat is answered once the ballot is durable, with what is durable', () => {
    const node = votingMember(n1, 3)
      .receive(n2, heartbeat(5, n2, 1))
      .receive(n2, accept(5, n2, 1, 'a'));
    expect(node.taken('heartbeatAnswer')).toEqual([]);
    node.persist();
    expect(node.taken('heartbeatAnswer')).toMatchObject([{ id: 1, acceptedThrough: 0 }]);
    node.persist().receive(n2, heartbeat(5, n2, 2));
    expect(node.taken('heartbeatAnswer')).toMatchObject([{ id: 2, acceptedThrough: 1 }]);
  });

  test('a member that was quiet and gets clients says so at once', () => {
    const node = votingMember(n1, 3).receive(n2, accept(5, n2, 1, 'a'));
    node.turn(() => node.paxos.setQuiet(true));
    node.settle();
    expect(node.taken('accepted').at(-1)).toMatchObject({ through: 1, quiet: true });
    node.turn(() => node.paxos.setQuiet(true));
    expect(node.taken('accepted')).toEqual([]);
    node.turn(() => node.paxos.setQuiet(false));
    expect(node.taken('accepted')).toMatchObject([{ to: n2, through: 1, quiet: false }]);
  });

  test('nothing is said to a leader that a later promise has overtaken', () => {
    const node = votingMember(n1, 3, [recordOf(3)], { settings: { leaseMs: 0, clockDriftPermille: 0, leases: false } });
    node.receive(n2, accept(5, n2, 1, 'a'));
    node.nowMs += 1000;
    node.receive(n3, prepare(6, n3)).settle();
    expect(node.take().map(({ to, message }) => [to, message.type])).toEqual([[n3, 'promise']]);
  });
});

describe('chosen', () => {
  test('the word of a leader counts for what was accepted in its own ballot', () => {
    const node = votingMember(n1, 3)
      .receive(n2, accept(5, n2, 1, 'a'))
      .receive(n2, accept(5, n2, 2, 'b', 1));
    expect(node.paxos.chosenThrough).toBe(1);
    node.receive(n2, heartbeat(5, n2, 1, 2));
    expect(node.paxos.chosenThrough).toBe(2);
  });

  test('it does not count for what was accepted in another ballot', () => {
    const node = votingMember(n1, 3)
      .receive(n2, accept(5, n2, 1, 'old'))
      .settle();
    node.receive(n3, heartbeat(6, n3, 1, 1));
    expect(node.paxos.chosenThrough).toBe(0);
  });

  test('it may overtake the value that it is about', () => {
    const node = votingMember(n1, 3).receive(n2, heartbeat(5, n2, 1, 1));
    expect(node.paxos.chosenThrough).toBe(0);
    node.receive(n2, accept(5, n2, 1, 'a', 0));
    expect(node.paxos.chosenThrough).toBe(1);
  });
});

test('a message of a stranger has no effect', () => {
  const node = votingMember(n1, 3)
    .receive(n2, prepare(5, n2), 'n2-b')
    .receive(n2, accept(5, n2, 1, 'a'), 'n2-b')
    .settle();
  expect(node.take()).toEqual([]);
  expect(node.paxos.promised.round).toBe(0);
});
