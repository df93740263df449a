import { expect, test } from 'vitest';
import { bytes, describeBody, expectKind, TestMachine, text } from './harness.ts';

test('createRevision stays, modRevision moves, version counts; a delete starts all over', () => {
  const machine = new TestMachine();
  const session = machine.open();
  session.put('k', 'one');
  expect(machine.get('k')).toMatchObject({ createRevision: 2, modRevision: 2, version: 1, sessionId: 0 });
  session.put('other');
  session.put('k', 'two');
  expect(machine.get('k')).toMatchObject({ createRevision: 2, modRevision: 4, version: 2 });
  session.delete('k');
  expect(machine.get('k')).toBeUndefined();
  session.put('k', 'three');
  expect(machine.get('k')).toMatchObject({ createRevision: 6, modRevision: 6, version: 1 });
});

test('a value is copied: the batch that brought it may be overwritten', () => {
  const machine = new TestMachine();
  const session = machine.open();
  const operation = session.operation({ kind: 'put', key: bytes('k'), value: bytes('kept'), ephemeral: false });
  const { operations } = machine.apply(operation);
  const body = operations[0]?.operation.body;
  if (body?.kind === 'put') {
    body.key.fill(0);
    body.value.fill(0);
  }
  expect(machine.value('k')).toBe('kept');
  machine.machine.verify();
});

test('keys are in byte order, not in that of any alphabet', () => {
  const machine = new TestMachine();
  const session = machine.open();
  for (const key of ['b', 'a\xff', 'a', '\xff', 'B', 'a\x00', '\x00']) session.put(key);
  const { entries } = expectKind(machine.range({ from: bytes(''), to: 'unbounded' }), 'range');
  expect(entries.map(({ key }) => text(key))).toEqual(['\x00', 'B', 'a', 'a\x00', 'a\xff', 'b', '\xff']);
});

test('a range is half-open, and an empty one is no error', () => {
  const machine = new TestMachine();
  const session = machine.open();
  for (const key of ['a', 'b', 'c', 'd']) session.put(key);
  const keys = (from: string, to: string | 'unbounded' | 'single'): string[] => {
    const bound = to === 'unbounded' || to === 'single' ? to : bytes(to);
    return expectKind(machine.range({ from: bytes(from), to: bound }), 'range').entries.map(({ key }) => text(key));
  };
  expect(keys('b', 'd')).toEqual(['b', 'c']);
  expect(keys('b', 'unbounded')).toEqual(['b', 'c', 'd']);
  expect(keys('b', 'single')).toEqual(['b']);
  expect(keys('bb', 'single')).toEqual([]);
  expect(keys('d', 'b')).toEqual([]);
  expect(keys('b', 'b')).toEqual([]);
  expect(keys('x', 'unbounded')).toEqual([]);
});

test('a limit cuts the range, and says so only if something is left', () => {
  const machine = new TestMachine();
  const session = machine.open();
  for (const key of ['a', 'b', 'c']) session.put(key);
  const all = { from: bytes(''), to: 'unbounded' } as const;
  const read = (limit: number): [number, boolean] => {
    const { entries, more } = expectKind(machine.range(all, { limit }), 'range');
    return [entries.length, more];
  };
  expect([read(2), read(3), read(4), read(0)]).toEqual([
    [2, true],
    [3, false],
    [3, false],
    [3, false],
  ]);
});

test('a range stops before it would not fit in a frame', () => {
  const machine = new TestMachine();
  const session = machine.open();
  for (let index = 0; index < 6; index++) session.put(`k${index}`, 'x'.repeat(1024 * 1024));
  const { entries, more } = expectKind(machine.range({ from: bytes(''), to: 'unbounded' }), 'range');
  expect([entries.length, more]).toEqual([3, true]);
});

test('the past can be read as it was, through deletes and re-creations', () => {
  const machine = new TestMachine();
  const session = machine.open(); // revision 1
  session.put('a', '1'); // 2
  session.put('b', '1'); // 3
  session.delete('a'); // 4
  session.put('a', '2'); // 5
  session.delete('b'); // 6
  expect([1, 2, 3, 4, 5, 6].map((revision) => machine.everything(revision))).toEqual([
    [],
    ['a=1'],
    ['a=1', 'b=1'],
    ['b=1'],
    ['a=2', 'b=1'],
    ['a=2'],
  ]);
  expect(machine.value('a', 4)).toBeUndefined();
  expect(machine.get('a', 3)).toMatchObject({ createRevision: 2, modRevision: 2, version: 1 });
});

test('the future cannot be read', () => {
  const machine = new TestMachine();
  machine.open();
  expect(describeBody(machine.range({ from: bytes(''), to: 'unbounded' }, { revision: 2 }))).toBe('FUTURE_REVISION');
  expect(() => machine.get('a', 2)).toThrow('FUTURE_REVISION');
});
