import { expect, test } from 'vitest';
import { put, TestMachine, type TestSession } from './harness.ts';

function prepared(): { machine: TestMachine; a: TestSession; b: TestSession } {
  const machine = new TestMachine();
  const [a, b] = [machine.open({ name: 'a' }), machine.open({ name: 'b' })];
  a.put('k', '1');
  a.put('e', '1', true);
  a.put('k', '2');
  a.delete('k');
  a.lock('l');
  b.lock('l');
  b.send({ kind: 'counterAdd', name: 'c', count: 4 });
  return { machine, a, b };
}

test('a clone is equal, and at the same slot', () => {
  const { machine } = prepared();
  const copy = machine.machine.clone();
  expect(copy.encode()).toEqual(machine.machine.encode());
  expect(copy.hash).toBe(machine.machine.hash);
  expect(copy.appliedSlot).toBe(machine.machine.appliedSlot);
  copy.verify();
});

test('what is done to the one does not show in the other', () => {
  const { machine, a, b } = prepared();
  const copy = machine.machine.clone();
  const before = copy.encode();
  const { hash } = copy;
  a.put('k', '3');
  a.put('new', 'n');
  b.send({ kind: 'counterAdd', name: 'c', count: 1 });
  machine.compact(machine.revision - 1);
  machine.expire(a);
  expect(copy.encode()).toEqual(before);
  expect(copy.hash).toBe(hash);
  copy.verify();
  machine.machine.verify();
});

test('both go on in the same way', () => {
  const { machine, a, b } = prepared();
  const copy = new TestMachine(machine.machine.clone());
  const slots = [
    [a.operation(put('k', '3')), b.operation({ kind: 'counterAdd', name: 'c', count: 1 })],
    [machine.operation({ kind: 'expireSession', sessionId: a.id, generation: 1, ballot: { round: 0, nodeId: '' } })],
    [b.operation(put('e', '2', true))],
  ];
  for (const slot of slots) expect(copy.apply(...slot)).toEqual(machine.apply(...slot));
  expect(copy.machine.encode()).toEqual(machine.machine.encode());
  expect(copy.machine.hash).toBe(machine.machine.hash);
});
