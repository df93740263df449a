import { describe, expect, test } from 'vitest';
import { AssertionFailure } from '../../src/wire/assert.ts';
import {
  accept,
  accepted,
  ballot,
  campaign,
  heartbeat,
  n1,
  n2,
  n3,
  prepare,
  promise,
  servingLeader,
  votingMember,
} from './node.ts';

describe('one record at a time', () => {
  test('the next is cut when the one under way is durable', () => {
    const node = votingMember(n1, 3).receive(n2, accept(5, n2, 1, 'a'));
    const first = node.pending;
    node.receive(n2, accept(5, n2, 2, 'b')).receive(n3, prepare(9, n3));
    expect(node.pending).toBe(first);
    expect(first?.sequence).toBe(2);
    node.persist();
    expect(node.pending).toMatchObject({ sequence: 3, promised: ballot(9, n3), accepted: [{ slot: 2 }] });
  });

  test('it restates the promise and what is chosen', () => {
    const node = votingMember(n1, 3)
      .receive(n2, accept(5, n2, 1, 'a', 1))
      .receive(n2, accept(5, n2, 2, 'b', 1))
      .settle();
    expect(node.disk.slice(1)).toMatchObject([
      { sequence: 2, promised: ballot(5, n2), chosenThrough: 1, genesis: undefined, formed: true },
      { sequence: 3, promised: ballot(5, n2), chosenThrough: 1, genesis: undefined, formed: true },
    ]);
  });

  test('the report of another record is a broken invariant', () => {
    const node = votingMember(n1, 3).receive(n2, accept(5, n2, 1, 'a'));
    expect(() => node.turn((effects) => node.paxos.onPersisted(7, effects))).toThrow(AssertionFailure);
  });

  test('nothing is written when nothing changes', () => {
    const node = votingMember(n1, 3)
      .receive(n2, heartbeat(5, n2, 1))
      .settle();
    const { length } = node.disk;
    for (let id = 2; id < 100; id++) node.receive(n2, heartbeat(5, n2, id)).wait(25);
    expect([node.disk.length, node.pending]).toEqual([length, undefined]);
  });
});

describe('hints', () => {
  test('what is chosen is written down after a while, so that a restart is cheap', () => {
    const node = votingMember(n1, 3)
      .receive(n2, accept(5, n2, 1, 'a'))
      .settle()
      .receive(n2, heartbeat(5, n2, 1, 1));
    expect(node.pending).toBeUndefined();
    for (let waited = 0; waited < 1000; waited += 50) {
      node.wait(50).receive(n2, heartbeat(5, n2, 2 + waited, 1));
    }
    expect(node.pending).toMatchObject({ chosenThrough: 1, accepted: [] });
    node.persist().wait(25);
    expect(node.pending).toBeUndefined();
  });

  test('the sequences of others are written down with the next record', () => {
    const node = votingMember(n1, 3);
    const round = campaign(node, [n2]);
    node.receive(n2, promise(round, n1, n2, { sequence: 9 }));
    expect(node.pending?.seen).toEqual([{ nodeId: n2, incarnation: 'n2-a', sequence: 9 }]);
  });

  test('a claim that is not news is not written', () => {
    const { node, round } = servingLeader(n1, 3, [n2]);
    node.receive(n2, accepted(round, n1, n2, 1));
    node.wait(25).settle();
    node.propose('a');
    expect(node.pending?.seen).toEqual([]);
  });
});
