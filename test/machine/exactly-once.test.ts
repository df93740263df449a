import { expect, test } from 'vitest';
import { plainSession } from '../../src/testing/plain-session.ts';
import { limits } from '../../src/wire/limits.ts';
import { decodeResult } from '../../src/wire/result-codec.ts';
import { describeBody, put, TestMachine } from './harness.ts';

test('a retry gets the first result, byte for byte, and has no effect', () => {
  const machine = new TestMachine();
  const session = machine.open();
  const draw = session.operation({ kind: 'counterAdd', name: 'c', count: 1 });
  const first = machine.apply(draw).operations[0];
  session.put('between');
  const before = machine.machine.encode();
  const again = machine.apply(draw).operations[0];
  expect(again?.result).toEqual(first?.result);
  expect(again?.postponed).toBeUndefined();
  expect(machine.machine.encode()).toEqual(before);
  expect(machine.counter('c')).toBe(1n);
});

test('a retry in the same slot is a retry as well', () => {
  const machine = new TestMachine();
  const draw = machine.open().operation({ kind: 'counterAdd', name: 'c', count: 1 });
  const [first, again] = machine.apply(draw, draw).operations;
  expect(again?.result).toEqual(first?.result);
  expect(machine.counter('c')).toBe(1n);
});

test('the result is found without the log', () => {
  const machine = new TestMachine();
  const session = machine.open();
  const operation = session.operation(put('k'));
  if (operation.command === undefined) throw new Error('it is a command');
  expect(machine.machine.rememberedResult(operation.command)).toBeUndefined();
  const result = machine.apply(operation).operations[0]?.result;
  expect(machine.machine.rememberedResult(operation.command)).toEqual(result);
  expect(machine.machine.rememberedResult({ ...operation.command, generation: 2 })).toBeUndefined();
});

test('an error that the command met is remembered too, and takes the number', () => {
  const machine = new TestMachine();
  const session = machine.open();
  const bad = session.operation(put('', 'a key without a name'));
  const first = machine.apply(bad).operations[0]?.result;
  expect(describeBody(machine.result(bad).body)).toBe('INVALID_ARGUMENT');
  expect(machine.apply(bad).operations[0]?.result).toEqual(first);
  expect(session.put('next').kind).toBe('put');
});

test('a number that is not the next is refused without any effect, and may come again', () => {
  const machine = new TestMachine();
  const session = machine.open();
  const first = session.operation(put('k', '1'));
  const second = session.operation(put('k', '2'));
  const before = machine.machine.encode();
  const [refused] = machine.apply(second).operations;
  expect(refused?.postponed).toBe('OUT_OF_ORDER');
  expect(refused?.result && describeBody(decodeResult(refused.result).body)).toBe('OUT_OF_ORDER');
  expect(machine.machine.encode()).toEqual(before);
  const outcomes = machine.apply(first, second).operations;
  expect(outcomes.map(({ postponed }) => postponed)).toEqual([undefined, undefined]);
  expect(machine.value('k')).toBe('2');
});

test('what is acknowledged is forgotten, and only that', () => {
  const machine = new TestMachine();
  const session = machine.open();
  const operations = ['1', '2', '3'].map((value) => session.operation(put('k', value)));
  machine.apply(...operations);
  session.acknowledged = 2;
  session.put('k', '4');
  const [one, two, three] = operations.map((operation) => describeBody(machine.result(operation).body));
  expect([one, two, three]).toEqual(['RESULT_FORGOTTEN', 'RESULT_FORGOTTEN', 'put']);
  expect(machine.value('k')).toBe('4');
  expect(machine.machine.session(session.id)).toMatchObject({ lastSequence: 4, acknowledged: 2 });
});

test('an acknowledgement that comes late takes nothing back', () => {
  const machine = new TestMachine();
  const session = machine.open();
  session.put('k', '1');
  session.acknowledged = 1;
  session.put('k', '2');
  session.acknowledged = 0;
  session.put('k', '3');
  expect(machine.machine.session(session.id)).toMatchObject({ lastSequence: 3, acknowledged: 1 });
  machine.machine.verify();
});

test('a command cannot acknowledge itself', () => {
  const machine = new TestMachine();
  const session = machine.open();
  session.acknowledged = 1;
  const before = machine.machine.encode();
  expect(describeBody(session.put('k'))).toBe('PROTOCOL_ERROR');
  expect(machine.machine.encode()).toEqual(before);
});

test('with 1,024 results unacknowledged the next command is BUSY, has no effect, and is taken once there is room', () => {
  const machine = new TestMachine();
  const session = machine.open();
  const full = Array.from({ length: limits.unacknowledgedResults }, () => session.operation(put('k')));
  machine.apply(...full);
  const before = machine.machine.encode();
  const next = session.operation(put('k', 'more'));
  expect(describeBody(machine.result(next).body)).toBe('BUSY');
  expect(machine.machine.encode()).toEqual(before);
  session.acknowledged = 1;
  session.sequence -= 1;
  expect(session.put('k', 'more').kind).toBe('put');
  expect(describeBody(session.put('k'))).toBe('BUSY');
});

test('a session of another generation, or that has ended, or that never was, takes no commands', () => {
  const machine = new TestMachine();
  const session = machine.open();
  const ended = machine.open();
  ended.close();
  const before = machine.machine.encode();
  expect(describeBody(machine.result(session.operation(put('k'), 1, 2)).body)).toBe('SESSION_EXPIRED');
  expect(describeBody(ended.put('k'))).toBe('SESSION_EXPIRED');
  const stranger = session.operation(put('k'), 1);
  const command = stranger.command && { ...stranger.command, sessionId: 99 as typeof session.id };
  expect(describeBody(machine.result({ ...stranger, command }).body)).toBe('SESSION_EXPIRED');
  expect(machine.machine.encode()).toEqual(before);
});

test('closing again after a lost answer finds the session ended', () => {
  const machine = new TestMachine();
  const session = machine.open();
  const close = session.operation({ kind: 'closeSession' });
  expect(machine.result(close).body.kind).toBe('sessionClosed');
  expect(describeBody(machine.result(close).body)).toBe('SESSION_EXPIRED');
});

test('a repeated open makes a second session, an orphan that is left to expire', () => {
  const machine = new TestMachine();
  const open = machine.operation({ kind: 'openSession', ttlMs: 1000, name: 'twice', nonce: 7n, ...plainSession });
  const applied = machine.apply(open, open);
  expect(applied.opened.map(({ id }) => id)).toEqual([1, 2]);
  expect(machine.machine.sessionCount).toBe(2);
});

test('commands without a session, and reads and internal commands with one, are refused', () => {
  const machine = new TestMachine();
  const session = machine.open();
  const { command } = session.operation(put('k'), 1);
  const before = machine.machine.encode();
  const strays = [
    machine.operation(put('k')),
    machine.operation(
      { kind: 'expireSession', sessionId: session.id, generation: 1, ballot: { round: 0, nodeId: '' } },
      command,
    ),
    machine.operation({ kind: 'openSession', ttlMs: 1000, name: '', nonce: 1n, ...plainSession }, command),
    machine.operation({ kind: 'lockGet', name: 'l', consistency: 'stale' }, command),
  ];
  for (const stray of strays) expect(describeBody(machine.result(stray).body)).toBe('PROTOCOL_ERROR');
  expect(machine.machine.encode()).toEqual(before);
});
