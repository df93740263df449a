import { describe, expect, test } from 'vitest';
import { plainSession } from '../../src/testing/plain-session.ts';
import type { Revision } from '../../src/wire/identifiers.ts';
import type { CommandBody, TransactionCondition } from '../../src/wire/operation.ts';
import { bytes, describeBody, get, put, remove, TestMachine } from './harness.ts';

const key = (length: number): string => 'k'.repeat(length);
const gets = (count: number) => Array.from({ length: count }, () => get('k'));
const conditions = (count: number): TransactionCondition[] =>
  Array.from({ length: count }, () => ({ kind: 'absent', key: bytes('k') }));
const transaction = (parts: Partial<Extract<CommandBody, { kind: 'transaction' }>>): CommandBody => ({
  kind: 'transaction',
  if: [],
  then: [],
  else: [],
  ...parts,
});
const add = (name: string, count = 1): CommandBody => ({ kind: 'counterAdd', name, count });
const lock = (name: string): CommandBody => ({ kind: 'lockAcquire', name, wait: true });

/** So many operations and conditions in all: in both branches, and in those of a transaction within. */
const parts = (count: number): CommandBody => {
  const within = { kind: 'transaction', if: conditions(24), then: gets(3), else: gets(4) } as const;
  return transaction({ if: conditions(count - 24), then: [...gets(8), within], else: gets(count - 16) });
};
const sequential = (length: number): CommandBody => ({
  kind: 'createSequential',
  prefix: bytes(key(length)),
  value: bytes('v'),
  ephemeral: false,
});

describe('at the limit', () => {
  test.each<[string, CommandBody]>([
    ['a key of 4 KiB', put(key(4096))],
    ['a value of 1 MiB', put('k', 'v'.repeat(1024 * 1024))],
    ['1,024 operations', transaction({ then: gets(1024) })],
    ['1,024 conditions', transaction({ if: conditions(1024) })],
    ['1,024 operations and conditions, in parts', parts(1024)],
    ['a prefix of 4,076 bytes', sequential(4076)],
    ['a name of 4 KiB', lock('é'.repeat(2048))],
    ['a name of 4 KiB of ASCII', add(key(4096))],
    ['the largest count', add('c', Number.MAX_SAFE_INTEGER)],
  ])('%s is taken', (_, command) => {
    expect(describeBody(new TestMachine().open().send(command))).not.toMatch(/^[A-Z_]+$/);
  });
});

describe('past the limit', () => {
  test.each<[string, CommandBody, string]>([
    ['a key of 4 KiB + 1', put(key(4097)), 'KEY_TOO_LARGE'],
    ['a deleted key of 4 KiB + 1', remove(key(4097)) as CommandBody, 'KEY_TOO_LARGE'],
    ['an empty key', put(''), 'INVALID_ARGUMENT'],
    ['a value of 1 MiB + 1', put('k', 'v'.repeat(1024 * 1024 + 1)), 'VALUE_TOO_LARGE'],
    ['1,025 operations', transaction({ then: gets(1025) }), 'TOO_MANY_OPERATIONS'],
    ['1,025 operations in the other branch', transaction({ else: gets(1025) }), 'TOO_MANY_OPERATIONS'],
    ['1,025 conditions', transaction({ if: conditions(1025) }), 'TOO_MANY_OPERATIONS'],
    ['1,025 operations and conditions, in parts', parts(1025), 'TOO_MANY_OPERATIONS'],
    ['1,025 operations in two branches', transaction({ then: gets(25), else: gets(1000) }), 'TOO_MANY_OPERATIONS'],
    [
      'a long key deep within',
      transaction({ then: [{ kind: 'transaction', if: [], then: [], else: [get(key(4097))] }] }),
      'KEY_TOO_LARGE',
    ],
    ['a prefix of 4,077 bytes', sequential(4077), 'KEY_TOO_LARGE'],
    [
      'a put with two conditions',
      { ...put('k'), ifAbsent: true, ifModRevision: 1 as Revision } as CommandBody,
      'INVALID_ARGUMENT',
    ],
    ['a long key in a branch not taken', transaction({ else: [get(key(4097))] }), 'KEY_TOO_LARGE'],
    ['a long key in a condition', transaction({ if: [{ kind: 'exists', key: bytes(key(4097)) }] }), 'KEY_TOO_LARGE'],
    [
      'a long value in a transaction',
      transaction({ then: [put('k', 'v'.repeat(1024 * 1024 + 1))] }),
      'VALUE_TOO_LARGE',
    ],
    ['a name of 4 KiB + 2 in UTF-8', lock('é'.repeat(2049)), 'KEY_TOO_LARGE'],
    ['an empty name', lock(''), 'INVALID_ARGUMENT'],
    ['an empty counter', add(''), 'INVALID_ARGUMENT'],
    ['a count of 0', add('c', 0), 'INVALID_ARGUMENT'],
  ])('%s is refused and changes nothing but the number', (_, command, code) => {
    const machine = new TestMachine();
    const session = machine.open();
    expect(describeBody(session.send(command))).toBe(code);
    expect(machine.revision).toBe(1);
    expect(machine.machine.session(session.id)?.lastSequence).toBe(1);
  });
});

describe('sessions', () => {
  const open = (ttlMs: number, name = ''): string => {
    const machine = new TestMachine();
    return describeBody(
      machine.result(machine.operation({ kind: 'openSession', ttlMs, name, nonce: 1n, ...plainSession })).body,
    );
  };

  test.each([100, 10_000, 86_400_000])('a TTL of %i ms', (ttlMs) => {
    expect(open(ttlMs)).toBe('sessionOpened');
  });

  test.each([0, 99, 86_400_001])('but not of %i ms', (ttlMs) => {
    expect(open(ttlMs)).toBe('INVALID_ARGUMENT');
  });

  test('a name of more than 4 KiB', () => {
    expect(open(1000, key(4096))).toBe('sessionOpened');
    expect(open(1000, key(4097))).toBe('KEY_TOO_LARGE');
  });
});
