import { expect, test } from 'vitest';
import { crossCheck, crossCheckReport } from '../../../src/testing/checkers/cross-check/cross-check.ts';
import type { GrantRecord, History, OperationRecord } from '../../../src/testing/checkers/history.ts';
import { utf8Bytes } from '../../../src/wire/bytes.ts';
import type { Revision, Sequence, SessionId } from '../../../src/wire/identifiers.ts';
import type { CommandBody, ReadBody, Transaction, TransactionOperation } from '../../../src/wire/operation.ts';
import type { ResultBody } from '../../../src/wire/result.ts';
import { checksOf, get, put, Scenario } from './scenario.ts';

type Done = Extract<OperationRecord['outcome'], { kind: 'done' }>;

function history(operations: readonly OperationRecord[], rest: Partial<History> = {}): History {
  return { operations, watches: [], sessions: [], holds: [], grants: [], fencedWrites: [], ...rest };
}

const found = (scenario: Scenario, rest: Partial<History> = {}): string[] =>
  checksOf(crossCheck(history(scenario.operations, rest)));

/** What the model shows now, read as it should be. */
function look(scenario: Scenario, key: string): OperationRecord {
  const { model } = scenario;
  return scenario.read(get(key), { kind: 'get', entry: model.entryAt(key, model.revision) });
}

function done(record: OperationRecord): Done {
  if (record.outcome.kind !== 'done') throw new Error('not done');
  return record.outcome;
}

/** Answered with something else; the log, and whatever follows from it, stays as it is. */
function lie(record: OperationRecord, body: ResultBody): void {
  record.outcome = { ...done(record), body };
}

const key = utf8Bytes;
const setTo = (name: string, value: string): TransactionOperation => ({ ...put(name, value), kind: 'put' }) as never;
const swap = (name: string, modRevision: number, value: string): Transaction => ({
  kind: 'transaction',
  if: [{ kind: 'modRevisionIs', key: key(name), modRevision: modRevision as Revision }],
  // Two keys, the one that is asked about and another one.
  then: [setTo(name, value), setTo('both', value)],
  else: [
    { kind: 'get', key: key(name) },
    { kind: 'delete', key: key('both') },
  ],
});

/** Two writes of a key, a swap that works and one that does not, and reads in between. */
function written(): {
  scenario: Scenario;
  session: SessionId;
  first: OperationRecord;
  second: OperationRecord;
  readFirst: OperationRecord;
  readSecond: OperationRecord;
  swapped: OperationRecord;
  unswapped: OperationRecord;
  readBoth: OperationRecord;
} {
  const scenario = new Scenario();
  const session = scenario.openSession();
  const first = scenario.command(session, put('a', '1'));
  const readFirst = look(scenario, 'a');
  const second = scenario.command(session, put('a', '2'));
  const readSecond = look(scenario, 'a');
  const swapped = scenario.command(session, swap('a', done(second).revision, '3'));
  const readBoth = look(scenario, 'both');
  const unswapped = scenario.command(session, swap('a', done(second).revision, '4'));
  look(scenario, 'a');
  look(scenario, 'both');
  return { scenario, session, first, second, readFirst, readSecond, swapped, unswapped, readBoth };
}

test('a faultless history passes, and all of it is looked at', () => {
  const { scenario } = written();
  // Of six in `a` and five in `both`: each of the two swaps is in both.
  expect(crossCheckReport(history(scenario.operations))).toMatchObject({
    findings: [],
    undecided: [],
    partitions: 2,
    operations: 11,
  });
});

test.each<[string, (run: ReturnType<typeof written>) => void]>([
  ['a stale read', ({ readFirst, readSecond }) => lie(readSecond, done(readFirst).body)],
  ['a read of the future', ({ readFirst, readSecond }) => lie(readFirst, done(readSecond).body)],
  [
    'a write that was reported as not applied',
    ({ second }) => {
      second.outcome = { kind: 'notApplied', returnUs: done(second).returnUs, why: 'so it was said' };
    },
  ],
  [
    'a lost write',
    ({ scenario, first }) => {
      const body = put('a', 'lost');
      const callUs = scenario.nowUs;
      const outcome = { ...done(first), revision: 99 as Revision, returnUs: callUs + 1 };
      scenario.operations.push({ ...first, body, callUs, outcome });
      scenario.nowUs += 2;
      look(scenario, 'a');
    },
  ],
  [
    'a swap that claims to have failed',
    ({ swapped, unswapped }) => {
      lie(swapped, done(unswapped).body);
    },
  ],
  [
    'a swap of which only one half shows',
    ({ readBoth }) => {
      lie(readBoth, { kind: 'get', entry: undefined });
    },
  ],
])('in keys: %s', (_what, spoil) => {
  const run = written();
  spoil(run);
  expect(found(run.scenario)).toEqual(['linearizable key']);
});

test('what was never answered may show, or not, but not both', () => {
  const run = written();
  run.second.outcome = { kind: 'unknown' };
  expect(found(run.scenario)).toEqual([]);
  run.swapped.outcome = { kind: 'unknown' };
  expect(found(run.scenario)).toEqual([]);
  const late = { ...run.readSecond, callUs: run.scenario.nowUs };
  late.outcome = { ...done(run.readSecond), returnUs: run.scenario.nowUs + 1 };
  run.scenario.operations.push(late);
  expect(found(run.scenario)).toEqual(['linearizable key']);
});

test('two equal writes, one of them unanswered: a revision that was shown may belong to either', () => {
  const scenario = new Scenario();
  const session = scenario.openSession();
  const first = scenario.command(session, put('a', 'same'));
  const second = scenario.command(session, put('a', 'same'));
  look(scenario, 'a');
  scenario.command(session, swap('a', done(second).revision, 'other'));
  look(scenario, 'a');
  second.outcome = { kind: 'unknown' };
  expect(found(scenario)).toEqual([]);
  first.outcome = { kind: 'unknown' };
  expect(found(scenario)).toEqual([]);
});

test('of two equal writes that are both unanswered, one may have had another revision than was shown', () => {
  const scenario = new Scenario();
  const session = scenario.openSession();
  const first = scenario.command(session, put('a', 'same'));
  scenario.command(session, swap('a', done(first).revision, 'other'));
  const second = scenario.command(session, put('a', 'same'));
  look(scenario, 'a');
  for (const record of [first, second]) record.outcome = { kind: 'unknown' };
  expect(found(scenario)).toEqual([]);
});

test('an unanswered write that only a read of the past has shown is there for a swap at its revision, and for one only', () => {
  const scenario = new Scenario();
  const session = scenario.openSession();
  scenario.command(session, put('a', 'before'));
  const unanswered = scenario.command(session, put('a', 'unanswered'));
  const { revision } = done(unanswered);
  const swapped = scenario.command(session, swap('a', revision, 'after'));
  scenario.read(get('a', revision), { kind: 'get', entry: scenario.model.entryAt('a', revision) });
  unanswered.outcome = { kind: 'unknown' };
  expect(found(scenario)).toEqual([]);
  const again = scenario.command(session, swap('a', revision, 'again'));
  expect(found(scenario)).toEqual([]);
  lie(again, done(swapped).body);
  expect(found(scenario)).toEqual(['linearizable key']);
});

test('a range shows every key in it, as far as it goes', () => {
  const { scenario } = written();
  const { model } = scenario;
  const entries = ['a', 'both'].flatMap((name) => model.entryAt(name, model.revision) ?? []);
  const body: ReadBody = {
    kind: 'range',
    range: { from: key('a'), to: 'unbounded' },
    revision: 0 as Revision,
    consistency: 'linearizable',
    limit: 0,
  };
  const range = scenario.read(body, { kind: 'range', entries, more: false });
  expect(found(scenario)).toEqual([]);
  lie(range, { kind: 'range', entries: [], more: false });
  expect(found(scenario)).toEqual(['linearizable key']);
  lie(range, { kind: 'range', entries: [], more: true });
  expect(found(scenario)).toEqual([]);
});

test('stale reads and reads of the past are nobody’s witnesses', () => {
  const { scenario, readFirst } = written();
  scenario.read({ ...get('a'), consistency: 'stale' } as ReadBody, done(readFirst).body);
  scenario.read(get('a', 2), done(readFirst).body);
  expect(found(scenario)).toEqual([]);
  scenario.read(get('a'), done(readFirst).body);
  expect(found(scenario)).toEqual(['linearizable key']);
});

test('what a session owns may go at any time, what nobody owns may not', () => {
  const owned = (ephemeral: boolean): string[] => {
    const scenario = new Scenario();
    scenario.command(scenario.openSession(), put('e', '1', ephemeral));
    const seen = look(scenario, 'e');
    scenario.read(get('e'), { kind: 'get', entry: undefined });
    scenario.operations.push(seen);
    return found(scenario);
  };
  expect(owned(true)).toEqual([]);
  expect(owned(false)).toEqual(['linearizable key']);
});

test('with a closed session goes what it owns', () => {
  const scenario = new Scenario();
  const session = scenario.openSession();
  scenario.command(session, put('e', '1', true));
  const before = look(scenario, 'e');
  scenario.command(session, { kind: 'closeSession' });
  look(scenario, 'e');
  expect(found(scenario)).toEqual([]);
  scenario.read(get('e'), done(before).body);
  expect(found(scenario)).toEqual(['linearizable key']);
});

test('counters: draws, looks and settings', () => {
  const scenario = new Scenario();
  const session = scenario.openSession();
  const draw: CommandBody = { kind: 'counterAdd', name: 'n', count: 10 };
  const set: CommandBody = { kind: 'counterCompareAndSet', name: 'ring', expected: 0n, value: 2n };
  const first = scenario.command(session, draw);
  const second = scenario.command(session, draw);
  const read: ReadBody = { kind: 'counterGet', name: 'n', consistency: 'linearizable' };
  const seen = scenario.read(read, { kind: 'counterValue', value: 20n });
  const once = scenario.command(session, set);
  scenario.command(session, set);
  expect(found(scenario)).toEqual([]);
  const { outcome } = first;
  first.outcome = { kind: 'unknown' };
  expect(found(scenario)).toEqual([]);
  first.outcome = outcome;
  for (const [record, body] of [
    [second, { kind: 'counterBlock', first: 1n, last: 10n }],
    [seen, { kind: 'counterValue', value: 10n }],
    [once, { kind: 'counterSwapped', swapped: false }],
  ] as const) {
    const { body: right } = done(record);
    lie(record, body);
    expect(found(scenario)).toEqual(['linearizable counter']);
    lie(record, right);
  }
});

test('locks: grants, told at once or later, releases, looks, and writes under them', () => {
  const scenario = new Scenario();
  const [a, b] = [scenario.openSession(), scenario.openSession()];
  const lockAcquire: CommandBody = { kind: 'lockAcquire', name: 'l', wait: true };
  const first = scenario.command(a, lockAcquire);
  scenario.command(b, lockAcquire);
  const token = first.result.kind === 'lock' ? first.result.token : 0;
  const fenced = scenario.command(a, {
    kind: 'transaction',
    if: [{ kind: 'lockHeld', name: 'l', token }],
    then: [setTo('f', 'x')],
    else: [],
  });
  const released = scenario.command(a, { kind: 'lockRelease', name: 'l', sequence: 1 as Sequence });
  const next = scenario.model.revision;
  const body: ReadBody = { kind: 'lockGet', name: 'l', consistency: 'linearizable' };
  const seen = scenario.read(body, scenario.model.lockAt('l', next));
  const told = {
    client: 'c',
    name: 'l',
    sessionId: b,
    generation: 1,
    sequence: 1 as Sequence,
    state: 'held',
    revision: next,
  } as const;
  const grant = (rest: Partial<GrantRecord> = {}): { readonly grants: readonly GrantRecord[] } => ({
    grants: [{ ...told, token: next, atUs: scenario.nowUs, ...rest }],
  });
  expect(found(scenario, grant())).toEqual([]);
  expect(found(scenario, grant({ token: next + 1 }))).toEqual(['an acquisition has one token']);
  const holder = { sessionId: a, sequence: 1 as Sequence, token, mode: 'exclusive' } as const;
  for (const [record, wrong] of [
    [seen, { kind: 'lockState', holder, holders: 1, waiters: 0, closed: false }],
    [fenced, { kind: 'transaction', succeeded: false, results: [] }],
  ] as const) {
    const { body: right } = done(record);
    lie(record, wrong);
    // That the fenced write was refused is legal in itself: the hold may have been lost. But then it cannot have been released.
    expect(found(scenario, grant())).toEqual(['linearizable lock']);
    lie(record, right);
  }
  lie(released, { kind: 'lockReleased', released: false });
  expect(found(scenario, grant())).toEqual([]);
});

test('two acquisitions with one token, and a token smaller than one before', () => {
  for (const wrong of [2, 1]) {
    const scenario = new Scenario();
    const session = scenario.openSession();
    const locked = [1, 2].map(() => {
      const acquired = scenario.command(session, { kind: 'lockAcquire', name: 'l', wait: true });
      const { sequence } = acquired.command as { readonly sequence: Sequence };
      scenario.command(session, { kind: 'lockRelease', name: 'l', sequence });
      return acquired;
    });
    expect(found(scenario)).toEqual([]);
    lie(locked[1] as OperationRecord, { kind: 'lock', state: 'held', token: wrong });
    expect(found(scenario)).toEqual(['linearizable lock']);
  }
});

test('fenced writes', () => {
  const write = (token: number, atUs: number, accepted: boolean): History['fencedWrites'][number] => {
    return { resource: 'r', client: 'c', sessionId: 1 as SessionId, token, atUs, accepted };
  };
  const checks = (...fencedWrites: History['fencedWrites']): string[] =>
    checksOf(crossCheck(history([], { fencedWrites })));
  expect(checks(write(3, 1, true), write(5, 2, true), write(3, 3, false))).toEqual([]);
  expect(checks(write(5, 1, true), write(3, 2, true))).toEqual(['linearizable fenced resource']);
  expect(checks(write(3, 1, true), write(5, 2, false))).toEqual(['linearizable fenced resource']);
});

test('several locks at once are looked at one by one; one that was shared is no mutex', () => {
  const scenario = new Scenario();
  const [a, b] = [scenario.openSession(), scenario.openSession()];
  const terms = { mode: 'exclusive', permits: 0, otherNames: ['m'], delayMs: 0, note: key('') } as const;
  scenario.command(a, { kind: 'lockAcquire', name: 'l', wait: true, terms });
  const look = (name: string): OperationRecord =>
    scenario.read(
      { kind: 'lockGet', name, consistency: 'linearizable' },
      scenario.model.lockAt(name, scenario.model.revision),
    );
  const held = look('m');
  scenario.command(a, { kind: 'lockRelease', name: 'l', sequence: 1 as Sequence });
  const free = look('m');
  expect(crossCheckReport(history(scenario.operations))).toMatchObject({ findings: [], partitions: 2 });
  const { body: right } = done(held);
  lie(held, done(free).body);
  // A hold may end by itself, but one that is over does not come back.
  scenario.read({ kind: 'lockGet', name: 'm', consistency: 'linearizable' }, right);
  expect(found(scenario)).toEqual(['linearizable lock']);
  const shared = { ...terms, mode: 'shared', otherNames: [] } as const;
  scenario.command(b, { kind: 'lockAcquire', name: 'm', wait: true, terms: shared });
  expect(found(scenario)).toEqual([]);
});
