import { describe, expect, test } from 'vitest';
import type { JournalRecord } from '../../src/paxos/record.ts';
import { AssertionFailure } from '../../src/wire/assert.ts';
import {
  accept,
  ballot,
  heartbeat,
  learn,
  learned,
  n1,
  n2,
  n3,
  noBallot,
  optionsOf,
  prepare,
  recordOf,
  servingLeader,
  TestNode,
  text,
  textOf,
  vote,
  votingMember,
} from './node.ts';

const accepted = (sequence: number, slot: number, chosenThrough = 0): JournalRecord =>
  recordOf(3, {
    sequence,
    promised: ballot(1, n3),
    chosenThrough,
    accepted: [vote(slot, 1, n3, `v${slot}`)],
    genesis: undefined,
  });

/** What stands for records up to 3, trimmed through slot 2. */
const anchor = recordOf(3, {
  sequence: 3,
  promised: ballot(4, n2),
  chosenThrough: 2,
  trimmedThrough: 2,
  seen: [{ nodeId: n2, incarnation: 'n2-a', sequence: 9 }],
});

/** With slots 1 to 4 accepted, of which 1 and 2 are in a checkpoint, and in no record any more. */
const trimmed = [anchor, accepted(4, 3, 1), accepted(5, 4, 1)];

function trimmedMember(checkpoint: number): TestNode {
  return votingMember(n1, 3, trimmed, {}, checkpoint);
}

describe('a journal that begins with an anchor', () => {
  test('goes on from the checkpoint: what it covers is chosen and applied', () => {
    const node = trimmedMember(2);
    expect(node.paxos.status()).toMatchObject({ chosenThrough: 2, appliedThrough: 2, promised: ballot(4, n2) });
    expect([node.paxos.canApply, node.paxos.needsCheckpoint]).toEqual([true, false]);
    node.receive(n2, heartbeat(5, n2, 1, 3)).receive(n2, learn([learned(3, 1, n3, 'v3')], 3));
    expect(textOf(node.paxos.chosenValue(3))).toBe('v3');
    node.paxos.markApplied(3);
  });

  test('promises what its anchor says, though the records after it are older', () => {
    const node = trimmedMember(2);
    node.receive(n3, prepare(4, n3));
    expect(node.settle().taken('promise')).toMatchObject([{ ballot: ballot(4, n3) }]);
    const other = trimmedMember(2);
    other.receive(n1, prepare(3, n3)).receive(n3, prepare(3, n3));
    expect(other.settle().taken('rejected')).toMatchObject([{ promised: ballot(4, n2) }]);
  });

  test('reports in a promise how far it is trimmed, and what was accepted above', () => {
    const node = trimmedMember(2);
    node.receive(n3, prepare(7, n3, 1)).settle();
    const [promise] = node.taken('promise');
    expect(promise).toMatchObject({ trimmedThrough: 2, chosenThrough: 2 });
    expect(promise?.accepted.map(({ slot }) => slot)).toEqual([3, 4]);
  });

  test('keeps on rising: a promise that was taken back between two records is damage', () => {
    const back = recordOf(3, { sequence: 6, promised: noBallot, genesis: undefined });
    expect(() => new TestNode(optionsOf(n1, 3), [...trimmed, back])).toThrow(AssertionFailure);
  });

  test('is what its records were, if it was summarized from them', () => {
    const records = [recordOf(3), accepted(2, 1), accepted(3, 2, 1), accepted(4, 3, 2), accepted(5, 4, 3)];
    const whole = votingMember(n1, 3, records);
    whole.paxos.markApplied(3);
    const summary = whole.paxos.summarize(2);
    const rest = [{ ...summary, sequence: 3, accepted: [] }, ...records.slice(3)];
    const again = votingMember(n1, 3, rest, {}, 3);
    expect(again.paxos.genesis).toEqual(whole.paxos.genesis);
    expect(again.paxos.formed).toBe(true);
    const { promised, chosenThrough, journalSequence } = whole.paxos.status();
    expect(again.paxos.status()).toMatchObject({ promised, chosenThrough, journalSequence });
    for (const node of [whole, again]) node.receive(n2, prepare(9, n2, 4)).settle();
    const said = ({ accepted: slots }: { readonly accepted: readonly { readonly slot: number }[] }) =>
      slots.map(({ slot }) => slot);
    expect(again.taken('promise').map(said)).toEqual(whole.taken('promise').map(said));
  });
});

describe('a node without the state that its journal goes on from', () => {
  test('votes, but neither applies nor campaigns, until it has been sent one', () => {
    const node = trimmedMember(0);
    expect([node.paxos.canApply, node.paxos.needsCheckpoint]).toEqual([false, true]);
    node.wait(2_000).wait(2_000);
    expect(node.taken('preVote')).toEqual([]);
    node.receive(n2, prepare(7, n2)).settle();
    expect(node.taken('promise')).toHaveLength(1);
    node.receive(n2, accept(7, n2, 5, 'v5')).settle();
    expect(node.taken('accepted').at(-1)).toMatchObject({ ballot: ballot(7, n2) });
    node.paxos.installCheckpoint(4, undefined);
    expect([node.paxos.canApply, node.paxos.needsCheckpoint, node.paxos.chosenThrough]).toEqual([true, false, 4]);
    node.wait(2_000).wait(2_000);
    expect(node.taken('preVote')).not.toEqual([]);
  });

  test('does not take over when leadership is handed to it', () => {
    const node = trimmedMember(0)
      .receive(n2, heartbeat(7, n2, 1))
      .settle();
    node.take();
    node.receive(n2, { type: 'transfer', ballot: ballot(7, n2) }).settle();
    expect(node.paxos.role).toBe('follower');
    const other = trimmedMember(2)
      .receive(n2, heartbeat(7, n2, 1))
      .settle();
    other.receive(n2, { type: 'transfer', ballot: ballot(7, n2) });
    expect(other.paxos.role).toBe('candidate');
  });
});

describe('values that are gone', () => {
  test('whoever asks for them is told so, and for others is answered', () => {
    const node = trimmedMember(2);
    node.receive(n2, { type: 'fetch', fromSlot: 2, toSlot: 4 });
    expect(node.taken('learn')).toMatchObject([{ slots: [], trimmedThrough: 2, chosenThrough: 2 }]);
    node.receive(n2, heartbeat(5, n2, 1, 3)).receive(n2, learn([learned(3, 1, n3, 'v3')], 3));
    node.take();
    node.receive(n2, { type: 'fetch', fromSlot: 3, toSlot: 4 });
    expect(
      node
        .taken('learn')
        .at(-1)
        ?.slots.map(({ slot }) => slot),
    ).toEqual([3]);
  });

  test('whoever lacks them asks the others, then nobody, and goes on above the checkpoint', () => {
    const node = votingMember(n1, 3).receive(n2, heartbeat(5, n2, 1, 9));
    expect(node.taken('fetch')).toMatchObject([{ fromSlot: 1 }]);
    node.receive(n2, learn([], 9, 7));
    expect(node.paxos.needsCheckpoint).toBe(false);
    expect(node.effects.at(-1)).toMatchObject({ to: n3, message: { type: 'fetch', fromSlot: 1 } });
    node.receive(n3, learn([], 9, 7)).take();
    expect(node.paxos.needsCheckpoint).toBe(true);
    node
      .wait(100)
      .wait(400)
      .receive(n2, heartbeat(5, n2, 2, 9))
      .wait(400);
    expect(node.taken('fetch')).toEqual([]);
    node.paxos.installCheckpoint(8, undefined);
    expect(node.paxos.needsCheckpoint).toBe(false);
    node.receive(n2, heartbeat(5, n2, 3, 9)).wait(300);
    expect(node.taken('fetch')).toMatchObject([{ fromSlot: 9, toSlot: 9 }]);
  });

  test('whoever gets them after all from another goes on asking', () => {
    const node = votingMember(n1, 3).receive(n2, heartbeat(5, n2, 1, 9));
    node.receive(n2, learn([], 9, 7)).receive(n3, learn([learned(1, 3, n3, 'a')], 9));
    expect(node.paxos.needsCheckpoint).toBe(false);
    expect(node.taken('fetch').at(-1)).toMatchObject({ fromSlot: 2 });
  });

  test('an old word of them does not matter once they are here', () => {
    const node = votingMember(n1, 3).receive(n2, heartbeat(5, n2, 1, 3));
    node.receive(n2, learn([learned(1, 3, n3, 'a'), learned(2, 3, n3, 'b')], 3));
    node.receive(n2, learn([], 3, 1));
    expect(node.paxos.needsCheckpoint).toBe(false);
  });
});

test('when nobody has a state to send, the values are asked for once more', () => {
  const node = votingMember(n1, 3).receive(n2, heartbeat(5, n2, 1, 9));
  node
    .receive(n2, learn([], 9, 7))
    .receive(n3, learn([], 9, 7))
    .take();
  expect(node.paxos.needsCheckpoint).toBe(true);
  node.paxos.retryWithoutCheckpoint(node.effects);
  expect(node.paxos.needsCheckpoint).toBe(false);
  expect(node.taken('fetch')).toMatchObject([{ fromSlot: 1 }]);
});

describe('a checkpoint that is installed', () => {
  test('leaves what was promised and accepted above it', () => {
    const node = votingMember(n1, 3).receive(n2, heartbeat(5, n2, 1));
    for (const slot of [6, 9, 10]) node.receive(n2, accept(5, n2, slot, `v${slot}`));
    node.settle().take();
    node.paxos.installCheckpoint(8, undefined);
    node
      .receive(n3, prepare(6, n3, 1))
      .wait(300)
      .settle();
    const [promise] = node.taken('promise');
    expect(promise).toMatchObject({ chosenThrough: 8 });
    expect(promise?.accepted.map(({ slot, value }) => [slot, textOf(value)])).toEqual([
      [9, 'v9'],
      [10, 'v10'],
    ]);
  });

  test('joins what the leader has said to be chosen', () => {
    const node = votingMember(n1, 3).receive(n2, heartbeat(5, n2, 1, 9));
    node.receive(n2, accept(5, n2, 9, 'v9', 9)).settle();
    node.receive(n2, learn([], 9, 7));
    node.paxos.installCheckpoint(8, undefined);
    expect(node.paxos.chosenThrough).toBe(9);
    expect(textOf(node.paxos.chosenValue(9))).toBe('v9');
  });

  test('is durable: the leader is told so', () => {
    const node = votingMember(n1, 3)
      .receive(n2, heartbeat(5, n2, 1, 9))
      .settle();
    node.paxos.installCheckpoint(9, undefined);
    node.take();
    node.receive(n2, heartbeat(5, n2, 2, 9)).settle();
    expect(node.taken('heartbeatAnswer').at(-1)).toMatchObject({ acceptedThrough: 9, chosenThrough: 9 });
  });

  test('drops values that were on their way to the disk', () => {
    const node = votingMember(n1, 3).receive(n2, heartbeat(5, n2, 1, 3));
    node.receive(n2, accept(5, n2, 1, 'a')).receive(n2, accept(5, n2, 2, 'b'));
    node.paxos.installCheckpoint(2, undefined);
    node.settle();
    const written = node.disk.flatMap(({ accepted: slots }) => slots.map(({ slot }) => slot));
    expect(written.filter((slot) => slot === 2)).toEqual([]);
    expect(node.paxos.status()).toMatchObject({ chosenThrough: 2, appliedThrough: 2 });
  });

  test('stands from then on for what was accepted before it came, which may be something else than what was chosen', () => {
    const node = votingMember(n1, 3).receive(n2, heartbeat(5, n2, 1));
    node.receive(n2, accept(5, n2, 6, 'perhaps never chosen')).settle();
    node.paxos.installCheckpoint(8, undefined);
    node
      .receive(n3, heartbeat(6, n3, 1, 9))
      .receive(n3, learn([learned(9, 6, n3, 'v9')], 9))
      .settle();
    expect(node.disk.at(-1)).toMatchObject({ chosenThrough: 9, trimmedThrough: 8 });
    node.take();
    // Nobody is given it,
    node.receive(n2, { type: 'fetch', fromSlot: 6, toSlot: 9 });
    expect(node.taken('learn')).toMatchObject([{ slots: [], trimmedThrough: 8 }]);
    expect(node.effects.filter(({ type }) => type === 'readSlots')).toEqual([]);
    // nor is it made use of after a restart, the checkpoint being lost.
    const again = votingMember(n1, 3, node.disk);
    expect([again.paxos.canApply, again.paxos.needsCheckpoint, again.paxos.chosenThrough]).toEqual([false, true, 9]);
    expect(votingMember(n1, 3, node.disk, {}, 8).paxos.canApply).toBe(true);
  });

  test('just before a crash, and is ahead of the journal, counts like one that is known to have come', () => {
    const before = votingMember(n1, 3).receive(n2, heartbeat(5, n2, 1));
    before.receive(n2, accept(5, n2, 6, 'perhaps never chosen')).settle();
    const node = votingMember(n1, 3, before.disk, {}, 8);
    expect(node.paxos.trimmedThrough).toBe(8);
    node
      .receive(n3, heartbeat(6, n3, 1, 9))
      .receive(n3, learn([learned(9, 6, n3, 'v9')], 9))
      .settle();
    expect(node.disk.at(-1)).toMatchObject({ chosenThrough: 9, trimmedThrough: 8 });
  });

  test('does not go back, and is not for a leader', () => {
    const node = trimmedMember(2);
    expect(() => node.paxos.installCheckpoint(2, undefined)).toThrow('does not go back');
    const { node: leader } = servingLeader(n1, 3, [n2]);
    expect(() => leader.paxos.installCheckpoint(99, undefined)).toThrow('a leader has no need');
  });
});

test('a checkpoint is restored before the records, a journal trimmed only below what is applied', () => {
  const node = votingMember(n1, 3);
  expect(() => node.paxos.restoreCheckpoint(3, undefined)).toThrow(AssertionFailure);
  expect(() => node.paxos.noteTrimmed(1)).toThrow(AssertionFailure);
  expect(() => node.paxos.summarize(1)).toThrow(AssertionFailure);
  expect(text('a')).toHaveLength(1);
});
