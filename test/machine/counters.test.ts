import { expect, test } from 'vitest';
import { describeBody, expectKind, TestMachine, type TestSession } from './harness.ts';

const high = 2n ** 63n - 1n;
const low = -(2n ** 63n);

function add(session: TestSession, count = 1): [bigint, bigint] {
  const { first, last } = expectKind(session.send({ kind: 'counterAdd', name: 'c', count }), 'counterBlock');
  return [first, last];
}

function swap(session: TestSession, expected: bigint, value: bigint): boolean {
  return expectKind(session.send({ kind: 'counterCompareAndSet', name: 'c', expected, value }), 'counterSwapped')
    .swapped;
}

test('a counter is 0 until used, and hands out blocks that follow each other', () => {
  const machine = new TestMachine();
  const [a, b] = [machine.open(), machine.open()];
  expect(machine.counter('c')).toBe(0n);
  expect([add(a), add(b, 10), add(a), add(b, 3)]).toEqual([
    [1n, 1n],
    [2n, 11n],
    [12n, 12n],
    [13n, 15n],
  ]);
  expect(machine.counter('c')).toBe(15n);
  expect(machine.counter('other')).toBe(0n);
});

test('it outlives its sessions', () => {
  const machine = new TestMachine();
  const session = machine.open();
  add(session, 5);
  session.close();
  expect(add(machine.open())).toEqual([6n, 6n]);
});

test('it is set only from the value expected, over the whole range', () => {
  const machine = new TestMachine();
  const session = machine.open();
  expect(swap(session, 1n, 2n)).toBe(false);
  expect(swap(session, 0n, low)).toBe(true);
  expect(machine.counter('c')).toBe(low);
  expect(add(session)).toEqual([low + 1n, low + 1n]);
  expect(swap(session, low + 1n, high)).toBe(true);
  expect(machine.counter('c')).toBe(high);
});

test('past 2^53 no value is lost or given twice', () => {
  const machine = new TestMachine();
  const session = machine.open();
  swap(session, 0n, 2n ** 53n - 1n);
  expect([add(session), add(session), add(session)].map(([first]) => first)).toEqual([
    2n ** 53n,
    2n ** 53n + 1n,
    2n ** 53n + 2n,
  ]);
});

test('it never leaves 64 bits: the command fails, and the counter stays', () => {
  const machine = new TestMachine();
  const session = machine.open();
  swap(session, 0n, high - 1n);
  const before = machine.revision;
  expect(describeBody(session.send({ kind: 'counterAdd', name: 'c', count: 2 }))).toBe('COUNTER_OVERFLOW');
  expect(machine.counter('c')).toBe(high - 1n);
  expect(machine.revision).toBe(before);
  expect(add(session)).toEqual([high, high]);
  expect(describeBody(session.send({ kind: 'counterAdd', name: 'c', count: 1 }))).toBe('COUNTER_OVERFLOW');
});

test('a counter set back to 0 leaves nothing behind', () => {
  const machine = new TestMachine();
  const session = machine.open();
  session.acknowledged = 0;
  const touched = machine.machine.clone();
  add(session);
  swap(session, 1n, 0n);
  session.close();
  machine.compact(machine.revision);
  expect(machine.machine.encode().length).toBeLessThan(touched.encode().length);
  machine.machine.verify();
});
