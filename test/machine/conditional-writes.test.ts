import { describe, expect, test } from 'vitest';
import type { Revision } from '../../src/wire/identifiers.ts';
import type { PutCommand } from '../../src/wire/operation.ts';
import { bytes, put, TestMachine } from './harness.ts';

const conditional = (key: string, value: string, asks: Partial<PutCommand>): PutCommand => ({
  ...put(key, value),
  ...asks,
});
const unchanged = (revision: number): Partial<PutCommand> => ({ ifModRevision: revision as Revision });

test('a put if absent takes place once; refused, it changes nothing and takes no revision', () => {
  const machine = new TestMachine();
  const session = machine.open();
  expect(session.send(conditional('k', '1', { ifAbsent: true }))).toEqual({ kind: 'put' });
  const { hash } = machine.machine;
  expect(session.send(conditional('k', '2', { ifAbsent: true }))).toEqual({ kind: 'put', refused: true });
  expect(machine.revision).toBe(2);
  expect(machine.value('k')).toBe('1');
  // The result of the command is remembered, and nothing else.
  expect(machine.machine.hash).not.toBe(hash);
  session.delete('k');
  expect(session.send(conditional('k', '3', { ifAbsent: true }))).toEqual({ kind: 'put' });
  expect(machine.get('k')).toMatchObject({ version: 1, createRevision: 4 });
});

test('a put if unchanged demands the revision of the last put', () => {
  const machine = new TestMachine();
  const session = machine.open();
  session.put('k', '1'); // revision 2
  expect(session.send(conditional('k', '2', unchanged(2)))).toEqual({ kind: 'put' });
  expect(session.send(conditional('k', '3', unchanged(2)))).toEqual({ kind: 'put', refused: true });
  expect(session.send(conditional('none', '3', unchanged(2)))).toEqual({ kind: 'put', refused: true });
  expect(machine.everything()).toEqual(['k=2']);
});

test('an ephemeral put that is refused owns nothing', () => {
  const machine = new TestMachine();
  const [first, second] = [machine.open(), machine.open()];
  first.put('k', '1');
  second.send({ ...conditional('k', '2', { ifAbsent: true }), ephemeral: true });
  second.close();
  expect(machine.value('k')).toBe('1');
});

describe('what was there before', () => {
  test('is told of a put, a refused one included, and of a delete', () => {
    const machine = new TestMachine();
    const session = machine.open();
    const previous = { kind: 'put', previous: true } as const;
    expect(session.send(conditional('k', '1', previous))).toEqual({ kind: 'put' });
    const entry = { key: bytes('k'), value: bytes('1'), createRevision: 2, modRevision: 2, version: 1, sessionId: 0 };
    expect(session.send(conditional('k', '2', { ...previous, ifAbsent: true }))).toEqual({
      kind: 'put',
      refused: true,
      previous: entry,
    });
    expect(session.send(conditional('k', '2', previous))).toEqual({ kind: 'put', previous: entry });
    expect(
      session.send({ kind: 'delete', key: bytes('k'), ifModRevision: 2 as Revision, previous: true }),
    ).toMatchObject({
      deleted: false,
      previous: { modRevision: 3 },
    });
    expect(
      session.send({ kind: 'delete', key: bytes('k'), ifModRevision: 3 as Revision, previous: true }),
    ).toMatchObject({
      deleted: true,
      previous: { value: bytes('2') },
    });
    expect(machine.revision).toBe(4);
  });

  test('is told again when the command is repeated, as it was', () => {
    const machine = new TestMachine();
    const session = machine.open();
    session.put('k', '1');
    const operation = session.operation(conditional('k', '2', { previous: true }));
    const first = machine.result(operation);
    session.put('k', '3');
    expect(machine.result(operation)).toEqual(first);
    expect(machine.value('k')).toBe('3');
  });
});
