import { describe, expect, test } from 'vitest';
import { limits } from '../../src/wire/limits.ts';
import { describeBody, put, remove, TestMachine, type TestSession } from './harness.ts';

test('an ephemeral key names its owner and dies with it', () => {
  const machine = new TestMachine();
  const session = machine.open();
  session.put('e', 'v', true);
  expect(machine.get('e')?.sessionId).toBe(session.id);
  session.close();
  expect(machine.get('e')).toBeUndefined();
});

test('the end of a session deletes its keys in one revision, in key order, as any delete', () => {
  const machine = new TestMachine();
  const session = machine.open();
  for (const key of ['c', 'a', 'b']) session.put(key, key, true);
  session.put('stays');
  const before = machine.revision;
  machine.expire(session);
  const revision = before + 1;
  expect(machine.events(before)).toEqual(['a', 'b', 'c'].map((key) => `${revision}: -${key} (was ${key})`));
  expect(machine.everything()).toEqual(['stays=v']);
  expect(machine.everything(before)).toEqual(['a=a', 'b=b', 'c=c', 'stays=v']);
});

describe('the last put decides who owns a key', () => {
  test('a plain put by the owner makes it persistent', () => {
    const machine = new TestMachine();
    const session = machine.open();
    session.put('k', '1', true);
    session.put('k', '2');
    expect(machine.get('k')).toMatchObject({ sessionId: 0, version: 2 });
    session.close();
    expect(machine.value('k')).toBe('2');
  });

  test('a plain put by another makes it persistent', () => {
    const machine = new TestMachine();
    const [owner, other] = [machine.open(), machine.open()];
    owner.put('k', '1', true);
    other.put('k', '2');
    owner.close();
    expect(machine.value('k')).toBe('2');
  });

  test('an ephemeral put by another moves it', () => {
    const machine = new TestMachine();
    const [owner, other] = [machine.open(), machine.open()];
    owner.put('k', '1', true);
    other.put('k', '2', true);
    machine.expire(owner);
    expect(machine.get('k')).toMatchObject({ sessionId: other.id, version: 2 });
    machine.expire(other);
    expect(machine.get('k')).toBeUndefined();
  });

  test('an ephemeral put makes a persistent key mortal', () => {
    const machine = new TestMachine();
    const session = machine.open();
    session.put('k', '1');
    session.put('k', '2', true);
    session.close();
    expect(machine.get('k')).toBeUndefined();
  });
});

test('a key that its owner lost and another created is not deleted with the first owner', () => {
  const machine = new TestMachine();
  const [first, second] = [machine.open(), machine.open()];
  first.put('leader', 'first', true);
  second.delete('leader');
  second.put('leader', 'second', true);
  machine.expire(first);
  expect(machine.value('leader')).toBe('second');
  machine.machine.verify();
});

describe('10,000 keys per session', () => {
  function full(): { machine: TestMachine; session: TestSession } {
    const machine = new TestMachine();
    const session = machine.open();
    for (let from = 0; from < limits.ephemeralKeysPerSession; from += 1000) {
      const then = Array.from({ length: 1000 }, (_, index) => put(`k${from + index}`, '', true));
      session.send({ kind: 'transaction', if: [], then, else: [] });
    }
    return { machine, session };
  }

  test('one more is refused and changes nothing; a swap, a persistent one, another session are not', () => {
    const { machine, session } = full();
    const before = machine.revision;
    expect(describeBody(session.put('more', '', true))).toBe('TOO_MANY_EPHEMERAL_KEYS');
    const swap = [put('more', '', true), remove('k5')];
    const tooMany = session.send({
      kind: 'transaction',
      if: [],
      then: [...swap, put('even more', '', true)],
      else: [],
    });
    expect(describeBody(tooMany)).toBe('TOO_MANY_EPHEMERAL_KEYS');
    expect(machine.get('more')).toBeUndefined();
    expect(machine.revision).toBe(before);

    expect(session.put('k7', 'again', true).kind).toBe('put');
    expect(session.put('persistent').kind).toBe('put');
    expect(machine.open().put('other', '', true).kind).toBe('put');
    expect(session.send({ kind: 'transaction', if: [], then: swap, else: [] }).kind).toBe('transaction');
    expect(describeBody(session.put('one more', '', true))).toBe('TOO_MANY_EPHEMERAL_KEYS');

    session.close();
    expect(machine.everything()).toEqual(['other=', 'persistent=v']);
  });
});
