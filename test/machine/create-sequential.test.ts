import { expect, test } from 'vitest';
import type { ResultBody } from '../../src/wire/result.ts';
import { bytes, describeBody, put, TestMachine, type TestSession, text } from './harness.ts';

function create(session: TestSession, prefix: string, ephemeral = false): ResultBody {
  return session.send({ kind: 'createSequential', prefix: bytes(prefix), value: bytes('v'), ephemeral });
}

function created(session: TestSession, prefix: string, ephemeral = false): string {
  const body = create(session, prefix, ephemeral);
  return body.kind === 'createSequential' ? text(body.key) : describeBody(body);
}

test('the number is the revision, in 20 digits', () => {
  const machine = new TestMachine();
  const session = machine.open();
  expect(created(session, 'q/')).toBe('q/00000000000000000002');
  expect(created(session, 'r/')).toBe('r/00000000000000000003');
  expect(machine.get('q/00000000000000000002')).toMatchObject({ version: 1, createRevision: 2, sessionId: 0 });
});

test('it rises, also when what was made before has been deleted, by whoever, or has gone with its session', () => {
  const machine = new TestMachine();
  const [session, other] = [machine.open(), machine.open()];
  const keys = [created(session, 'q/'), created(other, 'q/', true)];
  session.delete(keys[0] as string);
  other.close();
  expect(machine.everything()).toEqual([]);
  machine.compact(machine.revision);
  keys.push(created(session, 'q/'));
  expect(new Set(keys).size).toBe(3);
  expect([...keys].sort()).toEqual(keys);
});

test('a key that was put by its full name is not overwritten; later numbers are free', () => {
  const machine = new TestMachine();
  const session = machine.open();
  session.put('q/00000000000000000003', 'by name'); // revision 2
  expect(created(session, 'q/')).toBe('KEY_EXISTS');
  expect(machine.revision).toBe(2);
  expect(machine.value('q/00000000000000000003')).toBe('by name');
  session.send(put('other'));
  expect(created(session, 'q/')).toBe('q/00000000000000000004');
});

test('one that is repeated makes no second key', () => {
  const machine = new TestMachine();
  const session = machine.open();
  const operation = session.operation({
    kind: 'createSequential',
    prefix: bytes('q/'),
    value: bytes('v'),
    ephemeral: false,
  });
  const first = machine.result(operation);
  expect(machine.result(operation)).toEqual(first);
  expect(machine.everything()).toEqual(['q/00000000000000000002=v']);
});
