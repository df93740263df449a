import { describe, expect, test } from 'vitest';
import type { CommandBody } from '../../src/wire/operation.ts';
import { encodeResult } from '../../src/wire/result-codec.ts';
import { shippedSettings } from '../../src/wire/settings.ts';
import { bytes, describeBody, get, put, remove, TestMachine, type TestSession } from './harness.ts';

const terms = { mode: 'exclusive', permits: 0, otherNames: [], delayMs: 0, note: bytes('') } as const;
const lock = (name: string, wait = true): CommandBody => ({ kind: 'lockAcquire', name, wait });
const add = (name: string): CommandBody => ({ kind: 'counterAdd', name, count: 1 });
const transaction = (...then: Extract<CommandBody, { kind: 'transaction' }>['then']): CommandBody => ({
  kind: 'transaction',
  if: [],
  then,
  else: [],
});

/** A cluster in which everybody carries out quotas. */
function machineOfLevel2(): TestMachine {
  const machine = new TestMachine();
  machine.internal({ kind: 'raiseFeatureLevel', level: 2 });
  return machine;
}

function setQuota(machine: TestMachine, quotaBytes: number): void {
  const { version } = machine.machine.governance.settings;
  machine.internal({ kind: 'changeSettings', ...shippedSettings, version, quotaBytes });
}

/** From now on nothing may grow. */
function exhaust(machine: TestMachine): void {
  setQuota(machine, machine.machine.governance.residentBytes.total);
}

function full(prepare: (session: TestSession) => void = () => undefined): [TestMachine, TestSession] {
  const machine = machineOfLevel2();
  const session = machine.open();
  session.send({ kind: 'lockAcquire', name: 'held', wait: true, terms: { ...terms, note: bytes('note') } });
  session.put('key', 'value');
  session.send(add('counter'));
  prepare(session);
  exhaust(machine);
  return [machine, session];
}

describe('without room', () => {
  test.each<[string, CommandBody]>([
    ['a new key', put('new')],
    ['a longer value', put('key', 'value and more')],
    ['an ephemeral key', put('new', 'v', true)],
    ['a key in sequence', { kind: 'createSequential', prefix: bytes('s'), value: bytes(''), ephemeral: false }],
    ['a transaction that leaves more than it found', transaction(remove('key'), put('a'), put('b'))],
    ['a place in a queue', lock('held')],
    ['a lock that is free', lock('free')],
    ['a longer note', { kind: 'lockSetNote', name: 'held', sequence: 1 as never, note: bytes('a longer note') }],
    ['a new counter', add('new')],
    ['a counter set to another value than 0', { kind: 'counterCompareAndSet', name: 'new', expected: 0n, value: -1n }],
  ])('%s is refused, and nothing has happened', (_, body) => {
    const [machine, session] = full();
    const { revision } = machine;
    const { kept, history } = machine.machine.governance.residentBytes;
    expect(describeBody(session.send(body))).toBe('QUOTA_EXCEEDED');
    expect(machine.revision).toBe(revision);
    expect(machine.machine.governance.residentBytes).toMatchObject({ kept, history });
    machine.machine.verify();
  });

  test.each<[string, CommandBody]>([
    ['a value as long as the one before', put('key', 'VALUE')],
    ['a shorter value', put('key', '')],
    ['a deletion', remove('key')],
    ['a transaction that leaves no more than it found', transaction(remove('key'), put('kex', 'vaLue'))],
    ['one that only reads', transaction(get('key'))],
    ['the next number', add('counter')],
    ['a counter that becomes 0', { kind: 'counterCompareAndSet', name: 'counter', expected: 1n, value: 0n }],
    ['a shorter note', { kind: 'lockSetNote', name: 'held', sequence: 1 as never, note: bytes('n') }],
    ['a release', { kind: 'lockRelease', name: 'held', sequence: 1 as never }],
    ['a lock that is not to be waited for and not free', lock('held', false)],
    ['a compaction', { kind: 'compactHistory', revision: 1 as never }],
    ['the end of the session', { kind: 'closeSession' }],
  ])('%s is not', (_, body) => {
    const [machine, session] = full();
    expect(describeBody(session.send(body))).not.toBe('QUOTA_EXCEEDED');
    machine.machine.verify();
  });

  test('a session can be opened, by which somebody can delete', () => {
    const [machine] = full((session) => {
      session.put('large', 'v'.repeat(20_000));
    });
    const other = machine.open();
    expect(describeBody(other.send(put('new')))).toBe('QUOTA_EXCEEDED');
    other.send(remove('large'));
    machine.compact(machine.revision);
    expect(describeBody(other.send(put('new')))).not.toBe('QUOTA_EXCEEDED');
  });

  test('but not more of them than fit in an eighth of the quota', () => {
    const [machine] = full((session) => {
      session.put('large', 'v'.repeat(20_000));
    });
    const { quotaBytes } = machine.machine.governance;
    const opened = Array.from({ length: 10 }, () =>
      machine.result(
        machine.operation({ kind: 'openSession', ttlMs: 1_000, name: '', nonce: 1n, secret: bytes(''), metadata: [] }),
      ),
    ).map(({ body }) => describeBody(body));
    expect(opened).toContain('QUOTA_EXCEEDED');
    expect(machine.machine.governance.residentBytes.sessions).toBeLessThanOrEqual(quotaBytes / 8);
    expect(machine.machine.governance.residentBytes.sessions).toBeGreaterThan(quotaBytes / 8 - 1_024);
  });
});

test('the last byte can be used', () => {
  const [machine, session] = full();
  const { total } = machine.machine.governance.residentBytes;
  setQuota(machine, total + 256 + 3 + 10);
  expect(describeBody(session.send(put('new', 'v'.repeat(11))))).toBe('QUOTA_EXCEEDED');
  setQuota(machine, machine.machine.governance.residentBytes.total + 256 + 3 + 10);
  expect(describeBody(session.send(put('new', 'v'.repeat(10))))).not.toBe('QUOTA_EXCEEDED');
});

test('what was deleted makes room once it is compacted', () => {
  const [machine, session] = full((own) => own.put('large', 'v'.repeat(5_000)));
  session.send(remove('large'));
  expect(describeBody(session.send(put('new')))).toBe('QUOTA_EXCEEDED');
  machine.compact(machine.revision);
  expect(describeBody(session.send(put('new')))).not.toBe('QUOTA_EXCEEDED');
});

test('a command that was refused is answered so again, even if there is room by then', () => {
  const [machine, session] = full();
  const refused = session.operation(put('new'));
  const first = machine.apply(refused).operations[0]?.result;
  setQuota(machine, 0);
  expect(machine.apply(refused).operations[0]?.result).toEqual(first);
  expect(machine.value('new')).toBeUndefined();
});

test('and one that was done is answered so, though there is no room by then', () => {
  const [machine, session] = full();
  setQuota(machine, 0);
  const done = session.operation(put('new'));
  const first = machine.apply(done).operations[0]?.result;
  exhaust(machine);
  expect(machine.apply(done).operations[0]?.result).toEqual(first);
});

test('all errors count alike, however they are worded', () => {
  const message = 'The state takes 9007199254740991 bytes, and this would add 1048832; the quota is 9007199254740991.';
  const body = { kind: 'error', code: 'QUOTA_EXCEEDED', message, oldestRevision: 0 as never } as const;
  expect(encodeResult({ requestId: 2 ** 53 - 1, revision: (2 ** 53 - 1) as never, body }).length).toBeLessThan(256);
});
