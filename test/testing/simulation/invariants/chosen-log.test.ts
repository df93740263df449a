import { describe, expect, test } from 'vitest';
import type { AcceptedSlot } from '../../../../src/paxos/record.ts';
import { Coverage } from '../../../../src/testing/simulation/coverage.ts';
import { ChosenLog } from '../../../../src/testing/simulation/invariants/chosen-log.ts';
import { Regimes } from '../../../../src/testing/simulation/invariants/regimes.ts';
import type { Ballot } from '../../../../src/wire/ballot.ts';
import type { NodeId } from '../../../../src/wire/identifiers.ts';

function regimesOf(nodes: number): Regimes {
  const nodeIds = Array.from({ length: nodes }, (_, index) => `n${index + 1}` as NodeId);
  return new Regimes(nodeIds, nodes, new Coverage());
}

const ballot: Ballot = { round: 1, nodeId: 'n1' as NodeId };

function entry(slot: number, value: number, chosen = false): AcceptedSlot {
  return { slot, ballot, value: new Uint8Array([value]), chosen };
}

test('a value is chosen when a quorum of disks holds it in one ballot', () => {
  const log = new ChosenLog(regimesOf(3));
  expect(log.accepted(0, entry(1, 7), 1)).toBe(false);
  expect(log.accepted(0, entry(1, 7), 1)).toBe(false);
  expect(log.accepted(1, entry(1, 7), 2)).toBe(false);
  expect(log.value(1)).toBeUndefined();
  expect(log.accepted(1, entry(1, 7), 1)).toBe(true);
  expect(log.value(1)).toEqual(new Uint8Array([7]));
});

test('the prefix grows over slots that were chosen out of order', () => {
  const log = new ChosenLog(regimesOf(3));
  for (const slot of [2, 3, 1]) {
    log.accepted(0, entry(slot, slot), 1);
    log.accepted(1, entry(slot, slot), 1);
    expect(log.through).toBe(slot === 1 ? 3 : 0);
  }
});

describe('violations', () => {
  function chosenInBallotTwo(): ChosenLog {
    const log = new ChosenLog(regimesOf(3));
    log.proposed(1, 2, new Uint8Array([7]));
    log.accepted(0, entry(1, 7), 2);
    log.accepted(1, entry(1, 7), 2);
    return log;
  }

  test('two values are chosen for one slot', () => {
    const log = chosenInBallotTwo();
    log.accepted(2, entry(1, 8), 3);
    expect(() => log.accepted(1, entry(1, 8), 3)).toThrow('agreement');
  });

  test('two values are accepted, or proposed, in one ballot', () => {
    expect(() => chosenInBallotTwo().accepted(2, entry(1, 8), 2)).toThrow('one value per ballot and slot');
    expect(() => chosenInBallotTwo().proposed(1, 2, new Uint8Array([8]))).toThrow('one value per ballot and slot');
  });

  test('another value is proposed above the ballot in which one was chosen, before or after', () => {
    expect(() => chosenInBallotTwo().proposed(1, 3, new Uint8Array([8]))).toThrow('chosen values are stable');
    const log = new ChosenLog(regimesOf(3));
    log.proposed(1, 3, new Uint8Array([8]));
    log.accepted(0, entry(1, 7), 2);
    expect(() => log.accepted(1, entry(1, 7), 2)).toThrow('chosen values are stable');
  });

  test('but below it that is harmless, and so is the same value above it', () => {
    const log = chosenInBallotTwo();
    expect(log.proposed(1, 1, new Uint8Array([8]))).toBe('new');
    expect(log.proposed(1, 3, new Uint8Array([7]))).toBe('new');
    expect(log.proposed(1, 3, new Uint8Array([7]))).toBe('again');
  });

  test('a value is learned that is not chosen', () => {
    expect(() => chosenInBallotTwo().accepted(2, entry(1, 8, true), 2)).toThrow('learned values are chosen');
    expect(() => chosenInBallotTwo().accepted(2, entry(2, 8, true), 2)).toThrow('learned values are chosen');
    expect(chosenInBallotTwo().accepted(2, entry(1, 7, true), 2)).toBe(false);
  });
});
