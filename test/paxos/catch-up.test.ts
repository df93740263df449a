import { describe, expect, test } from 'vitest';
import { paxosLimits } from '../../src/paxos/paxos.ts';
import { AssertionFailure } from '../../src/wire/assert.ts';
import { Harness } from './harness.ts';
import {
  accept,
  ballot,
  heartbeat,
  learn,
  learned,
  n1,
  n2,
  n3,
  recordOf,
  text,
  textOf,
  vote,
  votingMember,
} from './node.ts';

describe('a follower that lacks chosen values', () => {
  test('asks at once when a new leader says what was chosen before its ballot', () => {
    const node = votingMember(n1, 3, [recordOf(3, { promised: ballot(1, n3), accepted: [vote(1, 1, n3, 'a')] })]);
    node.receive(n2, heartbeat(5, n2, 1, 2));
    expect(node.taken('fetch')).toMatchObject([{ to: n2, fromSlot: 1, toSlot: 2 }]);
  });

  test('waits a while for what is probably on its way', () => {
    const node = votingMember(n1, 3)
      .receive(n2, accept(5, n2, 1, 'a'))
      .settle();
    node.take();
    node.receive(n2, heartbeat(5, n2, 1, 3)).settle();
    node.wait(100);
    expect(node.taken('fetch')).toEqual([]);
    node.wait(100);
    expect(node.taken('fetch')).toMatchObject([{ to: n2, fromSlot: 2, toSlot: 3 }]);
  });

  test('asks at once when it is far behind', () => {
    const node = votingMember(n1, 3)
      .receive(n2, heartbeat(5, n2, 1))
      .settle();
    node.take();
    node.receive(n2, heartbeat(5, n2, 2, 5000));
    expect(node.taken('fetch')).toMatchObject([{ fromSlot: 1, toSlot: paxosLimits.fetchSlots }]);
  });

  test('applies at once what it learns, and counts it as held when it is durable', () => {
    const node = votingMember(n1, 3)
      .receive(n2, heartbeat(5, n2, 1, 2))
      .settle();
    node.take();
    node.receive(n2, learn([learned(1, 3, n3, 'a'), learned(2, 3, n3, 'b')], 2));
    expect(textOf(node.paxos.chosenValue(2))).toBe('b');
    node.receive(n2, heartbeat(5, n2, 2, 2));
    expect(node.taken('heartbeatAnswer').at(-1)?.acceptedThrough).toBe(0);
    node.persist();
    expect(node.disk.at(-1)).toMatchObject({ chosenThrough: 2, accepted: [{ chosen: true }, { chosen: true }] });
    node.receive(n2, heartbeat(5, n2, 3, 2));
    expect(node.taken('heartbeatAnswer').at(-1)?.acceptedThrough).toBe(2);
  });

  test('does not write again a value that it has, only that it is chosen', () => {
    const node = votingMember(n1, 3, [recordOf(3, { promised: ballot(1, n3), accepted: [vote(1, 1, n3, 'a')] })]);
    node.receive(n2, heartbeat(5, n2, 1, 1)).settle();
    node.take();
    node.receive(n2, learn([learned(1, 1, n3, 'a')], 1)).settle();
    expect(node.disk.at(-1)).toMatchObject({ chosenThrough: 1, accepted: [] });
    expect(node.taken('accepted').at(-1)?.through).toBe(1);
  });

  test('goes on asking until it has everything', () => {
    const node = votingMember(n1, 3).receive(n2, heartbeat(5, n2, 1, 3));
    node.take();
    node.receive(n2, learn([learned(1, 3, n3, 'a')], 3));
    expect(node.taken('fetch')).toMatchObject([{ fromSlot: 2, toSlot: 3 }]);
    node.receive(n2, learn([learned(2, 3, n3, 'b'), learned(3, 3, n3, 'c')], 3));
    expect(node.taken('fetch')).toEqual([]);
    expect(node.paxos.chosenThrough).toBe(3);
  });

  test('asks another when there is no answer', () => {
    const node = votingMember(n1, 3).receive(n2, heartbeat(5, n2, 1, 3));
    expect(node.taken('fetch').map(({ to }) => to)).toEqual([n2]);
    node.wait(200);
    expect(node.taken('fetch').map(({ to }) => to)).toEqual([n3]);
  });

  test('a late answer changes nothing, one with another value is a broken invariant', () => {
    const node = votingMember(n1, 3).receive(n2, heartbeat(5, n2, 1, 1));
    const message = learn([learned(1, 3, n3, 'a')], 1);
    node.receive(n2, message).settle().receive(n2, message);
    expect([node.paxos.chosenThrough, node.pending]).toEqual([1, undefined]);
    expect(() => node.receive(n2, { ...message, slots: [learned(1, 4, n3, 'b')] })).toThrow(AssertionFailure);
  });

  test('values after a gap are left for later', () => {
    const node = votingMember(n1, 3).receive(n2, heartbeat(5, n2, 1, 3));
    node.receive(n2, learn([learned(2, 3, n3, 'b'), learned(3, 3, n3, 'c')], 3));
    expect(node.paxos.chosenThrough).toBe(0);
  });
});

describe('a node that is asked', () => {
  test('answers from memory with what is chosen, and no more', () => {
    const accepted = [1, 2, 3].map((slot) => vote(slot, 1, n3, `v${slot}`));
    const node = votingMember(n1, 3, [recordOf(3, { promised: ballot(1, n3), accepted, chosenThrough: 2 })]);
    node.receive(n2, { type: 'fetch', fromSlot: 1, toSlot: 9 });
    const [answer] = node.taken('learn');
    expect(answer).toMatchObject({ to: n2, chosenThrough: 2 });
    expect(answer?.slots.map(({ slot, chosen }) => [slot, chosen])).toEqual([
      [1, true],
      [2, true],
    ]);
  });

  test('bounds an answer by bytes, but sends at least one value', () => {
    const value = new Uint8Array(700 * 1024);
    const accepted = [1, 2, 3].map((slot) => ({ slot, ballot: ballot(1, n3), value, chosen: false }));
    const node = votingMember(n1, 3, [recordOf(3, { promised: ballot(1, n3), accepted, chosenThrough: 3 })]);
    node.receive(n2, { type: 'fetch', fromSlot: 1, toSlot: 3 });
    expect(node.taken('learn')[0]?.slots).toHaveLength(1);
  });

  test('reads from the disk what has left memory, once at a time for each', () => {
    const count = paxosLimits.retainedSlots + 5;
    const accepted = Array.from({ length: count }, (_, index) => vote(index + 1, 1, n3, 'v'));
    const node = votingMember(n1, 3, [recordOf(3, { promised: ballot(1, n3), accepted, chosenThrough: count })]);
    node.paxos.markApplied(count);
    expect(() => node.paxos.chosenValue(5)).toThrow(AssertionFailure);
    node
      .receive(n2, { type: 'fetch', fromSlot: 2, toSlot: 900 })
      .receive(n2, { type: 'fetch', fromSlot: 2, toSlot: 900 });
    const reads = node.effects.filter((effect) => effect.type === 'readSlots');
    expect(reads).toMatchObject([{ fromSlot: 2, toSlot: 5 }]);
    node.take();
    const found = [2, 3, 5].map((slot) => vote(slot, 1, n3, 'v'));
    node.turn((effects) => node.paxos.onSlotsRead(reads[0]?.token ?? 0, found, effects));
    expect(node.taken('learn')[0]?.slots.map(({ slot, chosen }) => [slot, chosen])).toEqual([
      [2, true],
      [3, true],
    ]);
    node.receive(n2, { type: 'fetch', fromSlot: 4, toSlot: 900 });
    expect(node.effects.some((effect) => effect.type === 'readSlots')).toBe(true);
  });

  test('what is not yet durable stays in memory however much there is', () => {
    const node = votingMember(n1, 3).receive(n2, heartbeat(5, n2, 1, 100));
    const value = new Uint8Array(1024 * 1024);
    for (let slot = 1; slot <= 70; slot++) {
      node.receive(n2, learn([{ slot, ballot: ballot(3, n3), value, chosen: true }], 100));
    }
    node.paxos.markApplied(70);
    node.receive(n3, { type: 'fetch', fromSlot: 1, toSlot: 1 });
    expect(
      node
        .taken('learn')
        .at(-1)
        ?.slots.map(({ slot }) => slot),
    ).toEqual([1]);
  });
});

test('a node whose disk does not follow stops asking, until it does', () => {
  const node = votingMember(n1, 3)
    .receive(n2, heartbeat(5, n2, 1, 100))
    .settle();
  const value = new Uint8Array(1024 * 1024);
  let slot = 0;
  const learnNext = (): void => {
    slot += 1;
    node.receive(n2, learn([{ slot, ballot: ballot(3, n3), value, chosen: true }], 100));
  };
  do {
    node.take();
    learnNext();
  } while (node.taken('fetch').length > 0);
  // One value is in the record under way.
  expect(slot).toBe(paxosLimits.unwrittenBytes / value.length + 1);
  node.wait(1000);
  expect(node.taken('fetch')).toEqual([]);
  // What waited is cut into the next record when this one is written; then there is room.
  node.persist().persist();
  expect(node.taken('fetch')).toMatchObject([{ fromSlot: slot + 1 }]);
});

test('a member that was away for long catches up, from memory and from the disk', () => {
  const harness = new Harness({ seed: 3, count: 3 }).startAll();
  harness.runUntil(() => harness.servingLeader() !== undefined);
  const leader = harness.servingLeader();
  const away = harness.machines.find((machine) => machine !== leader);
  if (leader === undefined || away === undefined) throw new Error('no leader');
  harness.crash(away.nodeId);
  const count = paxosLimits.retainedSlots + 500;
  for (let index = 0; index < count; index++) {
    while (harness.propose(leader, `v${index}`) === undefined) harness.run(1);
  }
  harness.runUntil(() => leader.paxos.openSlots === 0);
  harness.start(away.nodeId);
  harness.runUntil(() => away.paxos.chosenThrough === leader.paxos.chosenThrough);
  expect(away.applied).toEqual(leader.applied);
  const slot = harness.propose(leader, 'last') ?? 0;
  harness.runUntil(() => away.paxos.chosenThrough === slot);
  expect(leader.paxos.status().peers.find(({ nodeId }) => nodeId === away.nodeId)?.acceptedThrough).toBeGreaterThan(
    count,
  );
});

test('values are the ones that were proposed, byte for byte', () => {
  const node = votingMember(n1, 3).receive(n2, accept(5, n2, 1, 'é\u0000x', 1));
  expect(node.paxos.chosenValue(1)).toEqual(text('é\u0000x'));
});
