import { describe, expect, test } from 'vitest';
import type { CommandBody } from '../../src/wire/operation.ts';
import { bytes, put, remove, TestMachine, type TestSession } from './harness.ts';

const terms = { mode: 'exclusive', permits: 0, otherNames: [], delayMs: 0, note: bytes('') } as const;

/** What one command adds to each part, in a session that remembers nothing else. */
function addedBy(body: CommandBody, before: (session: TestSession) => void = () => undefined) {
  const machine = new TestMachine();
  const session = machine.open();
  before(session);
  const { kept, sessions, results, history } = machine.machine.governance.residentBytes;
  session.send(body);
  machine.machine.verify();
  const after = machine.machine.governance.residentBytes;
  return {
    kept: after.kept - kept,
    sessions: after.sessions - sessions,
    results: after.results - results,
    history: after.history - history,
  };
}

const putKey = (value: string) => (session: TestSession) => {
  session.send(put('key', value));
};

describe('what a record counts for', () => {
  test('a key: itself, its value and 256', () => {
    expect(addedBy(put('key', 'value'))).toMatchObject({ kept: 256 + 3 + 5, history: 0 });
  });

  test('a key that is overwritten: the new value, and the old one is history', () => {
    expect(addedBy(put('key', 'longer'), putKey('v'))).toMatchObject({ kept: 5, history: 256 + 3 + 1 });
  });

  test('a key that is deleted: its value and the deletion are history', () => {
    expect(addedBy(remove('key'), putKey('v'))).toMatchObject({ kept: -(256 + 3 + 1), history: 256 + 3 + 1 + 256 + 3 });
  });

  test('a session: its name, metadata and secret, and 1,024', () => {
    const machine = new TestMachine();
    machine.open({ name: 'name', metadata: [{ name: 'a', value: 'bc' }], secret: bytes('s'.repeat(16)) });
    expect(machine.machine.governance.residentBytes.sessions).toBe(1024 + 4 + 3 + 16);
  });

  test('a result: 128, and itself, at least as if it had 256', () => {
    expect(addedBy(put('key', 'value')).results).toBe(128 + 256);
    const long = 'v'.repeat(1_000);
    const read: CommandBody = { kind: 'transaction', if: [], then: [{ kind: 'get', key: bytes('key') }], else: [] };
    expect(addedBy(read, putKey(long)).results).toBeGreaterThan(128 + 1_000);
  });

  test('an acquisition: its note and 512, and for each lock its name and 128', () => {
    const two = { ...terms, otherNames: ['m'], note: bytes('note') };
    const added = addedBy({ kind: 'lockAcquire', name: 'l', wait: true, terms: two });
    expect(added.kept).toBe(512 + 4 + 2 * (128 + 1));
  });

  test('a counter: its name and 128, unless it is 0', () => {
    const add: CommandBody = { kind: 'counterAdd', name: 'c', count: 1 };
    expect(addedBy(add).kept).toBe(128 + 1);
    expect(addedBy(add, (session) => session.send(add)).kept).toBe(0);
    const reset: CommandBody = { kind: 'counterCompareAndSet', name: 'c', expected: 1n, value: 0n };
    expect(addedBy(reset, (session) => session.send(add)).kept).toBe(-(128 + 1));
  });

  test('a lock-delay: its name and 256', () => {
    const machine = new TestMachine();
    const session = machine.open();
    session.send({ kind: 'lockAcquire', name: 'l', wait: true, terms: { ...terms, delayMs: 500 } });
    machine.expire(session);
    expect(machine.machine.governance.residentBytes.kept).toBe(256 + 1);
    machine.machine.verify();
  });
});

test('what is acknowledged, ended and compacted leaves nothing', () => {
  const machine = new TestMachine();
  const session = machine.open();
  session.put('k', 'v', true);
  session.lock('l');
  session.send({ kind: 'counterAdd', name: 'c', count: 1 });
  session.send({ kind: 'counterCompareAndSet', name: 'c', expected: 1n, value: 0n });
  machine.expire(session);
  expect(machine.machine.governance.residentBytes).toMatchObject({ kept: 0, sessions: 0, results: 0 });
  expect(machine.machine.governance.residentBytes.history).toBeGreaterThan(0);
  machine.compact(machine.revision);
  expect(machine.machine.governance.residentBytes.total).toBe(0);
});
