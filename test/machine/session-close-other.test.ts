import { expect, test } from 'vitest';
import type { SessionId } from '../../src/wire/identifiers.ts';
import { describeBody, put, TestMachine } from './harness.ts';

test('another session ends as by an expiry: keys, locks and places go in one revision, and waiters are served', () => {
  const machine = new TestMachine();
  const [operator, closed, waiter] = [machine.open(), machine.open(), machine.open()];
  closed.put('e', 'v', true);
  closed.lock('held');
  operator.lock('contended');
  closed.lock('contended');
  const { sequence } = waiter.lock('held');
  const before = machine.revision;
  const applied = machine.apply(operator.operation({ kind: 'closeOtherSession', sessionId: closed.id }));
  expect(machine.revision).toBe(before + 1);
  expect(applied.ended).toEqual([closed.id]);
  expect(applied.grants).toEqual([{ sessionId: waiter.id, sequence, name: 'held', token: before + 1 }]);
  expect(machine.everything()).toEqual([]);
  expect(machine.lock('contended')).toMatchObject({ holder: { sessionId: operator.id }, waiters: 0 });
  expect(describeBody(closed.send(put('a')))).toBe('SESSION_EXPIRED');
  machine.machine.verify();
});

test('one that is gone, or never was, is closed without effect, and the answer says so', () => {
  const machine = new TestMachine();
  const [operator, gone] = [machine.open(), machine.open()];
  gone.close();
  const before = machine.revision;
  for (const sessionId of [gone.id, 77 as SessionId]) {
    const result = operator.send({ kind: 'closeOtherSession', sessionId });
    expect(result).toEqual({ kind: 'otherSessionClosed', closed: false });
  }
  expect(machine.revision).toBe(before);
});

test('a repetition has the first answer', () => {
  const machine = new TestMachine();
  const [operator, closed] = [machine.open(), machine.open()];
  const operation = operator.operation({ kind: 'closeOtherSession', sessionId: closed.id });
  const first = machine.result(operation);
  expect(first.body).toEqual({ kind: 'otherSessionClosed', closed: true });
  expect(machine.result(operation)).toEqual(first);
});

test('the own session is not closed in this way', () => {
  const machine = new TestMachine();
  const operator = machine.open();
  expect(describeBody(operator.send({ kind: 'closeOtherSession', sessionId: operator.id }))).toBe('INVALID_ARGUMENT');
  expect(machine.machine.session(operator.id)).toBeDefined();
});

test('the lock-delay of what it held begins, as after an expiry', () => {
  const machine = new TestMachine();
  const [operator, closed] = [machine.open(), machine.open()];
  const terms = { mode: 'exclusive', permits: 0, otherNames: [], delayMs: 500, note: new Uint8Array(0) } as const;
  closed.send({ kind: 'lockAcquire', name: 'l', wait: true, terms });
  const applied = machine.apply(operator.operation({ kind: 'closeOtherSession', sessionId: closed.id }));
  expect(applied.delaysBegun).toMatchObject([{ name: 'l', delayMs: 500 }]);
  expect(machine.lock('l').closed).toBe(true);
});
