import { describe, expect, test } from 'vitest';
import type { Sequence } from '../../src/wire/identifiers.ts';
import type { CommandBody } from '../../src/wire/operation.ts';
import { bytes, get, put, remove, TestMachine, type TestSession } from './harness.ts';

/** A machine where `there` is a key, session `me` holds lock `mine`, another holds `taken`, and counter `c` is 5. */
function prepared(): { machine: TestMachine; me: TestSession; mine: Sequence } {
  const machine = new TestMachine();
  const me = machine.open();
  const other = machine.open();
  me.put('there', 'old');
  const mine = me.lock('mine').sequence;
  other.lock('taken');
  me.send({ kind: 'counterCompareAndSet', name: 'c', expected: 0n, value: 5n });
  return { machine, me, mine };
}

const sequence = (number: number): Sequence => number as Sequence;
const transaction = (parts: Partial<Extract<CommandBody, { kind: 'transaction' }>>): CommandBody => ({
  kind: 'transaction',
  if: [],
  then: [],
  else: [],
  ...parts,
});

describe('raises the revision by one', () => {
  test.each<[string, (mine: Sequence) => CommandBody]>([
    ['a put', () => put('new')],
    ['a put of the same value', () => put('there', 'old')],
    ['a delete of a key', () => remove('there') as CommandBody],
    ['a transaction that writes much', () => transaction({ then: [put('a'), put('b'), remove('there')] })],
    [
      'a failed transaction whose other branch writes',
      () => transaction({ if: [{ kind: 'absent', key: bytes('there') }], else: [put('a')] }),
    ],
    ['a free lock acquired', () => ({ kind: 'lockAcquire', name: 'free', wait: false })],
    ['a place in a queue', () => ({ kind: 'lockAcquire', name: 'taken', wait: true })],
    ['a release', (mine) => ({ kind: 'lockRelease', name: 'mine', sequence: mine })],
    ['a cancel of what was granted', (mine) => ({ kind: 'lockCancel', name: 'mine', sequence: mine })],
    ['a counter drawn from', () => ({ kind: 'counterAdd', name: 'c', count: 3 })],
    ['a counter set', () => ({ kind: 'counterCompareAndSet', name: 'c', expected: 5n, value: 6n })],
    ['closing the session', () => ({ kind: 'closeSession' })],
  ])('%s', (_, command) => {
    const { machine, me, mine } = prepared();
    const before = machine.revision;
    const result = machine.result(me.operation(command(mine)));
    expect(machine.revision).toBe(before + 1);
    expect(result.revision).toBe(before + 1);
  });

  test('an opened session, whose id that revision is', () => {
    const { machine } = prepared();
    const before = machine.revision;
    expect(machine.open().id).toBe(before + 1);
    expect(machine.revision).toBe(before + 1);
  });

  test('an expired session', () => {
    const { machine, me } = prepared();
    const before = machine.revision;
    machine.expire(me);
    expect(machine.revision).toBe(before + 1);
  });
});

describe('leaves the revision as it is', () => {
  test.each<[string, (mine: Sequence) => CommandBody]>([
    ['a delete of an absent key', () => remove('absent') as CommandBody],
    ['a transaction that reads', () => transaction({ then: [get('there')] })],
    ['a transaction that deletes nothing', () => transaction({ then: [remove('absent')] })],
    ['a failed transaction', () => transaction({ if: [{ kind: 'absent', key: bytes('there') }], then: [put('a')] })],
    ['a refused lock', () => ({ kind: 'lockAcquire', name: 'taken', wait: false })],
    ['a release of what is not held', () => ({ kind: 'lockRelease', name: 'mine', sequence: sequence(77) })],
    ['a release under another name', (mine) => ({ kind: 'lockRelease', name: 'taken', sequence: mine })],
    ['a cancel under another name', (mine) => ({ kind: 'lockCancel', name: 'taken', sequence: mine })],
    ['a failed compare-and-set', () => ({ kind: 'counterCompareAndSet', name: 'c', expected: 1n, value: 2n })],
    ['a compare-and-set to the same', () => ({ kind: 'counterCompareAndSet', name: 'c', expected: 5n, value: 5n })],
    ['an empty key', () => put('')],
  ])('%s', (_, command) => {
    const { machine, me, mine } = prepared();
    const before = machine.revision;
    const result = machine.result(me.operation(command(mine)));
    expect(machine.revision).toBe(before);
    expect(result.revision).toBe(before);
  });

  test('compaction', () => {
    const { machine } = prepared();
    const before = machine.revision;
    machine.compact(before);
    expect(machine.revision).toBe(before);
  });

  test('a no-op', () => {
    const { machine } = prepared();
    const before = machine.revision;
    expect(machine.machine.apply(machine.machine.appliedSlot + 1, new Uint8Array(0)).operations).toEqual([]);
    expect(machine.revision).toBe(before);
  });
});
