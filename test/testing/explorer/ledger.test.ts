import { describe, expect, test } from 'vitest';
import type { JournalRecord } from '../../../src/paxos/record.ts';
import { checkLedgers } from '../../../src/testing/explorer/cluster-invariants.ts';
import { emptyLedger, type Ledger, type LedgerEvent, note } from '../../../src/testing/explorer/ledger.ts';
import { accept, accepted, ballot, n1, n2, prepare, text, vote } from '../../paxos/node.ts';

function written(round: number, by: typeof n1, entries: JournalRecord['accepted'] = []): LedgerEvent {
  const record = {
    sequence: 1,
    chosenThrough: 0,
    trimmedThrough: 0,
    configuration: undefined,
    seen: [],
    genesis: undefined,
    formed: true,
  };
  return { type: 'durable', record: { ...record, promised: ballot(round, by), accepted: entries } };
}

function said(message: Extract<LedgerEvent, { type: 'said' }>['message']): LedgerEvent {
  return { type: 'said', message };
}

function knows(...values: readonly string[]): LedgerEvent {
  return { type: 'knows', values: values.map(text) };
}

function ledger(node: number, ...events: readonly LedgerEvent[]): Ledger {
  return note(emptyLedger(node), events);
}

describe('a node alone', () => {
  test('may write a promise, an acceptance, and then speak of them', () => {
    const entries = [vote(1, 3, n1, 'a')];
    const node = ledger(0, written(3, n1), said(prepare(3, n1)), said(accept(3, n1, 1, 'a')), written(3, n1, entries));
    expect(note(node, [said(accepted(3, n1, n1, 1))]).votes.size).toBe(1);
  });

  const cases: readonly (readonly [string, readonly LedgerEvent[]])[] = [
    ['promises rise', [written(3, n2), written(2, n1)]],
    ['promises outlive a restart', [written(3, n2), { type: 'restarted', promised: ballot(2, n1) }]],
    ['accepted as promised', [written(3, n2), written(3, n2, [vote(1, 2, n2, 'a')])]],
    ['accepted as promised', [written(3, n2, [vote(1, 4, n2, 'a')])]],
    ['persist before speak', [said(prepare(3, n1))]],
    ['persist before speak', [said(accept(3, n1, 1, 'a'))]],
    ['persist before speak', [said(accepted(3, n1, n1, 0))]],
    ['persist before speak', [written(3, n1), said(accepted(3, n1, n1, 1))]],
    ['persist before speak', [written(4, n1), said(accepted(3, n1, n1, 0))]],
    ['a ballot has one owner', [written(3, n2), said(accept(3, n2, 1, 'a'))]],
    ['one value per ballot and slot', [written(3, n1), said(accept(3, n1, 1, 'a')), said(accept(3, n1, 1, 'b'))]],
    ['agreement', [knows('a'), knows('b')]],
  ];

  test.each(cases)('is found out: %s', (invariant, events) => {
    expect(() => ledger(0, ...events)).toThrow(expect.objectContaining({ invariant }));
  });

  test('what it acknowledges in another ballot it claims to be chosen', () => {
    const entries = [vote(1, 3, n1, 'a')];
    const node = ledger(1, written(3, n1, entries), written(4, n1), said(accepted(4, n1, n2, 1)));
    expect([...node.claims]).toEqual([[1, 'a']]);
  });
});

describe('all nodes together', () => {
  const leader = (round: number, by: typeof n1, value: string) =>
    ledger(by === n1 ? 0 : 1, written(round, by, [vote(1, round, by, value)]), said(accept(round, by, 1, value)));
  const voter = (round: number, by: typeof n1, value: string) =>
    ledger(2, written(round, by, [vote(1, round, by, value)]));

  test('choose a value by a quorum of disks', () => {
    const claimant = note(leader(3, n1, 'a'), [knows('a')]);
    expect(checkLedgers([claimant, emptyLedger(1), voter(3, n1, 'a')])).toContain('a value of a client is chosen');
  });

  const votedTwice = note(voter(3, n1, 'a'), [written(4, n2, [vote(1, 4, n2, 'b')])]);
  const cases: readonly (readonly [string, readonly Ledger[]])[] = [
    ['agreement', [leader(3, n1, 'a'), leader(4, n2, 'b'), votedTwice]],
    ['chosen values are stable', [leader(3, n1, 'a'), leader(4, n2, 'b'), voter(3, n1, 'a')]],
    ['chosen is chosen', [note(leader(3, n1, 'a'), [knows('a')]), emptyLedger(1), emptyLedger(2)]],
    ['chosen is chosen', [leader(3, n1, 'a'), ledger(1, knows('b')), voter(3, n1, 'a')]],
    ['one value per ballot and slot', [leader(3, n1, 'a'), emptyLedger(1), voter(3, n1, 'b')]],
  ];

  test.each(cases)('are found out: %s', (invariant, ledgers) => {
    expect(() => checkLedgers(ledgers)).toThrow(expect.objectContaining({ invariant }));
  });

  test('a lower ballot may hold another value than the chosen one', () => {
    expect(checkLedgers([leader(3, n1, 'a'), leader(4, n2, 'b'), voter(4, n2, 'b')])).toContain(
      'two leaders proposed in the same slot',
    );
  });
});
