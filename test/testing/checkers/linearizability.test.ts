import { expect, test } from 'vitest';
import type { OperationRecord } from '../../../src/testing/checkers/history.ts';
import { checkLinearizability } from '../../../src/testing/checkers/linearizability.ts';
import { utf8Bytes } from '../../../src/wire/bytes.ts';
import type { Revision } from '../../../src/wire/identifiers.ts';
import type { ResultBody } from '../../../src/wire/result.ts';
import { checksOf, get, put, Scenario } from './scenario.ts';

function answered(record: OperationRecord): Extract<OperationRecord['outcome'], { kind: 'done' }> {
  if (record.outcome.kind !== 'done') throw new Error('not answered');
  return record.outcome;
}

function found(scenario: Scenario): string[] {
  return checksOf(checkLinearizability(scenario.operations, scenario.model));
}

const entry = (scenario: Scenario, key: string): ResultBody => ({
  kind: 'get',
  entry: scenario.model.entryAt(key, scenario.model.revision),
});

/** Two writes of one key, with a read after each. */
function writesAndReads(): {
  scenario: Scenario;
  first: OperationRecord;
  second: OperationRecord;
  readFirst: OperationRecord;
  readSecond: OperationRecord;
} {
  const scenario = new Scenario();
  const session = scenario.openSession();
  const first = scenario.command(session, put('a', '1'));
  const readFirst = scenario.read(get('a'), entry(scenario, 'a'));
  const second = scenario.command(session, put('a', '2'));
  const readSecond = scenario.read(get('a'), entry(scenario, 'a'));
  return { scenario, first, second, readFirst, readSecond };
}

test('a faultless history passes', () => {
  expect(found(writesAndReads().scenario)).toEqual([]);
});

test('a stale value: the right state of a time that has passed', () => {
  const { scenario, readFirst, readSecond } = writesAndReads();
  readSecond.outcome = { ...answered(readFirst), returnUs: answered(readSecond).returnUs };
  expect(found(scenario)).toEqual(['real-time order']);
});

test('a stale value that claims to be new', () => {
  const { scenario, readFirst, readSecond } = writesAndReads();
  readSecond.outcome = { ...answered(readSecond), body: answered(readFirst).body };
  expect(found(scenario)).toEqual(['read equals the model']);
});

test('a read of the future', () => {
  const { scenario, readFirst, readSecond } = writesAndReads();
  readFirst.outcome = { ...answered(readSecond), returnUs: answered(readFirst).returnUs };
  expect(found(scenario)).toEqual(['real-time order']);
});

test('a client that goes back in time', () => {
  const { scenario, readFirst } = writesAndReads();
  const seenRevision = answered(readFirst).revision + 1;
  scenario.operations[scenario.operations.indexOf(readFirst)] = { ...readFirst, seenRevision };
  expect(found(scenario)).toEqual(['no client goes back in time']);
});

test('an acknowledged write that is not in the log', () => {
  const { scenario, first } = writesAndReads();
  const lost = { ...first, command: first.command && { ...first.command, sequence: 99 as never } };
  scenario.operations.push(lost);
  expect(found(scenario)).toEqual(['acknowledged is durable']);
});

test('a write that was reported as not applied, and is', () => {
  const { scenario, second } = writesAndReads();
  second.outcome = { kind: 'notApplied', returnUs: answered(second).returnUs, why: 'so it was said' };
  expect(found(scenario)).toEqual(['honest failure']);
});

test('a number that another command has taken since', () => {
  const { scenario, second } = writesAndReads();
  const refused = {
    ...second,
    body: put('a', 'refused'),
    outcome: { kind: 'notApplied', returnUs: 0, why: 'BUSY' },
  } as const;
  scenario.operations.push(refused);
  expect(found(scenario)).toEqual([]);
  scenario.operations.push({ ...second, body: put('a', 'acknowledged') });
  expect(found(scenario)).toEqual(['acknowledged is durable']);
});

test('a write whose outcome is unknown may be there, or not', () => {
  const { scenario, second } = writesAndReads();
  second.outcome = { kind: 'unknown' };
  expect(found(scenario)).toEqual([]);
});

test('a read may not show a write of unknown outcome and then lose it', () => {
  const { scenario, second, readFirst, readSecond } = writesAndReads();
  second.outcome = { kind: 'unknown' };
  const late = {
    ...readFirst,
    callUs: scenario.nowUs,
    outcome: { ...answered(readFirst), returnUs: scenario.nowUs + 10 },
  };
  scenario.operations.push(late);
  expect(answered(late).revision).toBeLessThan(answered(readSecond).revision);
  expect(found(scenario)).toEqual(['real-time order']);
});

test('another result than the one that belongs to the command', () => {
  const scenario = new Scenario();
  const session = scenario.openSession();
  const counted = scenario.command(session, { kind: 'counterAdd', name: 'n', count: 1 });
  counted.outcome = { ...answered(counted), body: { kind: 'counterBlock', first: 2n, last: 2n } };
  expect(found(scenario)).toEqual(['result equals the model']);
});

test('an attempt to open a session that was refused after another, unheard of, had opened one', () => {
  const scenario = new Scenario();
  scenario.openSession();
  const [opened] = scenario.model.applied;
  if (opened === undefined) throw new Error('nothing was opened');
  const refusal = { kind: 'error', code: 'QUOTA_EXCEEDED', message: '', oldestRevision: 0 as Revision } as const;
  const log = Object.create(scenario.model, {
    applied: { value: [opened, { ...opened, slot: 2, result: refusal, taken: false }] },
  }) as typeof scenario.model;
  const { body } = opened.operation;
  if (body.kind !== 'openSession') throw new Error('no session was opened');
  const outcome = { kind: 'done', returnUs: 100, revision: opened.revision, body: refusal } as const;
  const record = { client: 'c', body, command: undefined, callUs: 0, seenRevision: 0, outcome };
  expect(checkLinearizability([record], log)).toEqual([]);
  expect(checkLinearizability([record], scenario.model).map(({ check }) => check)).toEqual(['result equals the model']);
});

test('another revision than the one that belongs to the command', () => {
  const { scenario, second } = writesAndReads();
  second.outcome = { ...answered(second), revision: (answered(second).revision + 1) as Revision };
  expect(found(scenario)).toEqual(['revision equals the model']);
});

test('a command that took effect after it was answered', () => {
  const { scenario, second } = writesAndReads();
  second.outcome = { ...answered(second), returnUs: second.callUs + 1 };
  expect(found(scenario)).toEqual(['effect within the call']);
});

test('a read of the past that shows the present', () => {
  const { scenario, readSecond } = writesAndReads();
  scenario.operations.push({ ...readSecond, body: get('a', 2) });
  expect(found(scenario)).toEqual(['a read of the past shows what was asked for']);
});

test('a range that misses a key, or does not say that there is more', () => {
  const scenario = new Scenario();
  const session = scenario.openSession();
  scenario.command(session, put('a', '1'));
  scenario.command(session, put('b', '1'));
  const entries = ['a', 'b'].flatMap((key) => scenario.model.entryAt(key, scenario.model.revision) ?? []);
  const range = { from: utf8Bytes('a'), to: 'unbounded' } as const;
  const body = { kind: 'range', range, revision: 0 as Revision, consistency: 'linearizable', limit: 0 } as const;
  scenario.read(body, { kind: 'range', entries, more: false });
  scenario.read({ ...body, limit: 1 }, { kind: 'range', entries: entries.slice(0, 1), more: true });
  expect(found(scenario)).toEqual([]);
  scenario.read(body, { kind: 'range', entries: entries.slice(0, 1), more: false });
  expect(found(scenario)).toEqual(['read equals the model']);
});
