import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plainSession } from '../../src/testing/plain-session.ts';
import { emptyBytes, utf8Bytes } from '../../src/wire/bytes.ts';
import type { Revision, Sequence, SessionId } from '../../src/wire/identifiers.ts';
import { limits } from '../../src/wire/limits.ts';
import type {
  CommandId,
  KeyRange,
  OpenSession,
  Operation,
  OperationBody,
  Transaction,
  TransactionCondition,
} from '../../src/wire/operation.ts';
import { encodeOperation } from '../../src/wire/operation-codec.ts';
import { isCommandBody, isSessionStart } from '../../src/wire/operation-kind.ts';
import { validateEncodedOperation, validateKeyRange, validateOperation } from '../../src/wire/validate.ts';
import { operation } from './arbitraries.ts';

const key = utf8Bytes('k');
const longKey = new Uint8Array(limits.keyBytes);
const longName = 'é'.repeat(limits.nameBytes / 2);
const longValue = new Uint8Array(limits.valueBytes);
const command: CommandId = { sessionId: 9 as SessionId, generation: 1, sequence: 5 as Sequence, acknowledged: 4 };
const sessionId = 3 as SessionId;
const secret = new Uint8Array(16).fill(7);
const latest = { revision: 0 as Revision, consistency: 'linearizable' } as const;

function operationOf(body: OperationBody, id: CommandId | undefined = idFor(body)): Operation {
  return { requestId: 1, command: id, seenRevision: 0 as Revision, body };
}

function idFor(body: OperationBody): CommandId | undefined {
  return isCommandBody(body) && !isSessionStart(body) ? command : undefined;
}

function codeOf(body: OperationBody): string | undefined {
  return validateOperation(operationOf(body))?.code;
}

function put(putKey: Uint8Array, value: Uint8Array): OperationBody {
  return { kind: 'put', key: putKey, value, ephemeral: false };
}

function open(ttlMs: number, name = ''): OperationBody {
  return { kind: 'openSession', ttlMs, name, nonce: 1n, ...plainSession };
}

function metadata(count: number): OpenSession['metadata'] {
  return Array.from({ length: count }, (_, index) => ({ name: `n${index}`, value: '' }));
}

function withMetadata(name: string, value: string): OperationBody {
  return { kind: 'openSession', ttlMs: 100, name: '', nonce: 1n, secret, metadata: [{ name, value }] };
}

function range(keyRange: KeyRange, limit = 0): OperationBody {
  return { kind: 'range', range: keyRange, limit, ...latest };
}

function transaction(branches: Partial<Transaction>): OperationBody {
  return { kind: 'transaction', if: [], then: [], else: [], ...branches };
}

function many(count: number): Transaction['then'] {
  return Array.from({ length: count }, () => ({ kind: 'get', key }) as const);
}

function conditions(count: number): readonly TransactionCondition[] {
  return Array.from({ length: count }, () => ({ kind: 'exists', key }) as const);
}

/** So many transactions, each in a branch of the one before it. */
function nested(depth: number): Transaction {
  const whole: Transaction = { kind: 'transaction', if: [], then: [], else: [] };
  return depth === 1 ? whole : { ...whole, [depth % 2 === 0 ? 'then' : 'else']: [nested(depth - 1)] };
}

/** 24 conditions and 24 operations, in both branches and deeper; itself it is one more. */
const within: Transaction = {
  kind: 'transaction',
  if: conditions(20),
  then: many(3),
  else: [...many(20), { kind: 'transaction', if: conditions(4), then: [], else: [] }],
};

function sequential(prefixBytes: number): OperationBody {
  return { kind: 'createSequential', prefix: new Uint8Array(prefixBytes), value: emptyBytes, ephemeral: false };
}

describe('what is within the limits is taken', () => {
  const taken: readonly (readonly [name: string, body: OperationBody])[] = [
    ['the shortest session', open(limits.sessionTtlMsLow)],
    ['the longest session', open(limits.sessionTtlMsHigh, longName)],
    ['the end of a session', { kind: 'closeSession' }],
    ['the end of another session', { kind: 'closeOtherSession', sessionId }],
    ['a session with a secret and metadata', { ...open(100), secret, metadata: metadata(16) } as OperationBody],
    ['a session with all the metadata that there may be', withMetadata('n', `${longName.slice(2)}xxx`)],
    ['a resumption', { kind: 'resumeSession', sessionId, generation: 1, secret, nonce: 1n }],
    ['a list of sessions', { kind: 'sessionList', after: 0 as SessionId, limit: 1000, consistency: 'stale' }],
    ['a look at a session', { kind: 'sessionGet', sessionId, consistency: 'stale' }],
    ['the smallest put', put(key, emptyBytes)],
    ['the largest put', put(longKey, longValue)],
    ['a delete', { kind: 'delete', key: longKey }],
    ['an empty transaction', transaction({})],
    ['the largest transaction', transaction({ if: conditions(1024), then: many(1000), else: many(24) })],
    ['the deepest transaction', nested(8)],
    [
      'the largest transaction, in parts',
      transaction({ if: conditions(1000), then: [...many(900), within], else: many(99) }),
    ],
    ['a put if there is none', { ...put(key, emptyBytes), ifAbsent: true, previous: true } as OperationBody],
    ['a put if unchanged', { ...put(key, emptyBytes), ifModRevision: 1 as Revision } as OperationBody],
    ['a key with the next number', sequential(limits.keyBytes - 20)],
    ['a key that is the next number', sequential(0)],
    ['a compaction', { kind: 'compactHistory', revision: 1 as Revision }],
    ['a number of keys', { kind: 'count', range: { from: emptyBytes, to: 'unbounded' }, ...latest }],
    [
      'the widest comparisons',
      transaction({
        if: [
          { kind: 'counterCompare', name: longName, comparison: 'less', value: -(2n ** 63n) },
          { kind: 'valueCompare', key: longKey, comparison: 'greater', value: longValue },
          { kind: 'keyCompare', key, field: 'version', comparison: 'unequal', number: Number.MAX_SAFE_INTEGER },
          { kind: 'ownedBy', key, sessionId: 0 as SessionId },
        ],
      }),
    ],
    ['a lock', { kind: 'lockAcquire', name: longName, wait: true }],
    ['a lock given up', { kind: 'lockCancel', name: 'l', sequence: 1 as Sequence }],
    ['a lock released', { kind: 'lockRelease', name: 'l', sequence: 1 as Sequence }],
    ['one number', { kind: 'counterAdd', name: 'c', count: 1 }],
    ['as many numbers as there are', { kind: 'counterAdd', name: 'c', count: Number.MAX_SAFE_INTEGER }],
    ['the whole range', { kind: 'counterCompareAndSet', name: 'c', expected: -(2n ** 63n), value: 2n ** 63n - 1n }],
    ['a get', { kind: 'get', key: longKey, ...latest }],
    ['a range', range({ from: longKey, to: longKey })],
    ['every key', range({ from: emptyBytes, to: 'unbounded' })],
    ['every key before one', range({ from: emptyBytes, to: key })],
    ['a range upside down', range({ from: utf8Bytes('z'), to: utf8Bytes('a') })],
    ['a single key', range({ from: key, to: 'single' }, 2 ** 32 - 1)],
    ['a counter', { kind: 'counterGet', name: 'c', consistency: 'stale' }],
    ['a look at a lock', { kind: 'lockGet', name: 'l', consistency: 'stale' }],
  ];
  test.each(taken)('%s', (_name, body) => {
    expect(validateOperation(operationOf(body))).toBeUndefined();
  });
});

describe('what is past a limit is refused', () => {
  const tooLongKey = new Uint8Array(limits.keyBytes + 1);
  const tooLongName = `${longName}a`;
  const tooLongValue = new Uint8Array(limits.valueBytes + 1);
  const sequence = 1 as Sequence;
  const refused: readonly (readonly [name: string, code: string, body: OperationBody])[] = [
    ['a session too short', 'INVALID_ARGUMENT', open(limits.sessionTtlMsLow - 1)],
    ['a session too long', 'INVALID_ARGUMENT', open(limits.sessionTtlMsHigh + 1)],
    ['a session of half a millisecond', 'INVALID_ARGUMENT', open(100.5)],
    ['a session named too long', 'KEY_TOO_LARGE', open(1000, tooLongName)],
    ['a put without a key', 'INVALID_ARGUMENT', put(emptyBytes, emptyBytes)],
    ['a put with a long key', 'KEY_TOO_LARGE', put(tooLongKey, emptyBytes)],
    ['a put with a long value', 'VALUE_TOO_LARGE', put(key, tooLongValue)],
    ['a delete without a key', 'INVALID_ARGUMENT', { kind: 'delete', key: emptyBytes }],
    ['a delete with a long key', 'KEY_TOO_LARGE', { kind: 'delete', key: tooLongKey }],
    ['too many conditions', 'TOO_MANY_OPERATIONS', transaction({ if: conditions(1025) })],
    ['too many operations', 'TOO_MANY_OPERATIONS', transaction({ then: many(1025) })],
    ['too many other operations', 'TOO_MANY_OPERATIONS', transaction({ else: many(1025) })],
    ['too many operations in both branches', 'TOO_MANY_OPERATIONS', transaction({ then: many(1000), else: many(25) })],
    [
      'too many operations deeper down',
      'TOO_MANY_OPERATIONS',
      transaction({ then: [...many(900), within], else: many(100) }),
    ],
    ['too many conditions deeper down', 'TOO_MANY_OPERATIONS', transaction({ if: conditions(1001), then: [within] })],
    ['transactions too deep within each other', 'TOO_MANY_OPERATIONS', nested(9)],
    [
      'a long key deeper down',
      'KEY_TOO_LARGE',
      transaction({ else: [transaction({ then: [{ kind: 'get', key: tooLongKey }] }) as Transaction] }),
    ],
    [
      'a conditional put within',
      'INVALID_ARGUMENT',
      transaction({ then: [{ ...put(key, emptyBytes), ifAbsent: true } as never] }),
    ],
    [
      'a put with two conditions',
      'INVALID_ARGUMENT',
      { ...put(key, emptyBytes), ifAbsent: true, ifModRevision: 1 } as OperationBody,
    ],
    [
      'a put if unchanged since never',
      'INVALID_ARGUMENT',
      { ...put(key, emptyBytes), ifModRevision: 0 } as OperationBody,
    ],
    ['a delete if unchanged since never', 'INVALID_ARGUMENT', { kind: 'delete', key, ifModRevision: 0 as Revision }],
    ['a long prefix', 'KEY_TOO_LARGE', sequential(limits.keyBytes - 19)],
    ['a compaction of nothing', 'INVALID_ARGUMENT', { kind: 'compactHistory', revision: 0 as Revision }],
    [
      'a number of long keys',
      'KEY_TOO_LARGE',
      { kind: 'count', range: { from: tooLongKey, to: 'unbounded' }, ...latest },
    ],
    [
      'a fifth comparison',
      'INVALID_ARGUMENT',
      transaction({ if: [{ kind: 'valueCompare', key, comparison: 'alike' as 'equal', value: key }] }),
    ],
    [
      'a comparison with a counter of 65 bits',
      'INVALID_ARGUMENT',
      transaction({ if: [{ kind: 'counterCompare', name: 'c', comparison: 'less', value: 2n ** 63n }] }),
    ],
    ['a condition on no key', 'INVALID_ARGUMENT', transaction({ if: [{ kind: 'absent', key: emptyBytes }] })],
    ['a condition on a long key', 'KEY_TOO_LARGE', transaction({ if: [{ kind: 'exists', key: tooLongKey }] })],
    [
      'a condition on a long value',
      'VALUE_TOO_LARGE',
      transaction({ if: [{ kind: 'valueIs', key, value: tooLongValue }] }),
    ],
    [
      'a condition on no revision',
      'INVALID_ARGUMENT',
      transaction({ if: [{ kind: 'modRevisionIs', key, modRevision: -1 as Revision }] }),
    ],
    ['a condition on no token', 'INVALID_ARGUMENT', transaction({ if: [{ kind: 'lockHeld', name: 'l', token: 0 }] })],
    ['a condition on no lock', 'INVALID_ARGUMENT', transaction({ if: [{ kind: 'lockHeld', name: '', token: 1 }] })],
    [
      'a long value within',
      'VALUE_TOO_LARGE',
      transaction({ else: [{ kind: 'put', key, value: tooLongValue, ephemeral: false }] }),
    ],
    ['a long key within', 'KEY_TOO_LARGE', transaction({ then: [{ kind: 'get', key: tooLongKey }] })],
    ['a lock without a name', 'INVALID_ARGUMENT', { kind: 'lockAcquire', name: '', wait: true }],
    ['a lock with a long name', 'KEY_TOO_LARGE', { kind: 'lockAcquire', name: tooLongName, wait: true }],
    ['a lock with half a character', 'INVALID_ARGUMENT', { kind: 'lockAcquire', name: 'a\ud800', wait: true }],
    ['no acquisition given up', 'INVALID_ARGUMENT', { kind: 'lockCancel', name: 'l', sequence: 0 as Sequence }],
    ['a nameless lock given up', 'INVALID_ARGUMENT', { kind: 'lockCancel', name: '', sequence }],
    ['no acquisition released', 'INVALID_ARGUMENT', { kind: 'lockRelease', name: 'l', sequence: 0 as Sequence }],
    ['no number', 'INVALID_ARGUMENT', { kind: 'counterAdd', name: 'c', count: 0 }],
    ['part of a number', 'INVALID_ARGUMENT', { kind: 'counterAdd', name: 'c', count: 1.5 }],
    ['too many numbers', 'INVALID_ARGUMENT', { kind: 'counterAdd', name: 'c', count: 2 ** 53 }],
    ['a counter without a name', 'INVALID_ARGUMENT', { kind: 'counterAdd', name: '', count: 1 }],
    [
      'an expected number of 65 bits',
      'INVALID_ARGUMENT',
      { kind: 'counterCompareAndSet', name: 'c', expected: 2n ** 63n, value: 0n },
    ],
    [
      'a number of 65 bits',
      'INVALID_ARGUMENT',
      { kind: 'counterCompareAndSet', name: 'c', expected: 0n, value: -(2n ** 63n) - 1n },
    ],
    ['a get of no key', 'INVALID_ARGUMENT', { kind: 'get', key: emptyBytes, ...latest }],
    ['a get of the past of the past', 'INVALID_ARGUMENT', { kind: 'get', key, ...latest, revision: -1 as Revision }],
    [
      'a third consistency',
      'INVALID_ARGUMENT',
      { kind: 'get', key, revision: 0 as Revision, consistency: 'eventual' as 'stale' },
    ],
    ['a range from a long key', 'KEY_TOO_LARGE', range({ from: tooLongKey, to: 'unbounded' })],
    ['a range to a long key', 'KEY_TOO_LARGE', range({ from: key, to: tooLongKey })],
    ['a range to before every key', 'INVALID_ARGUMENT', range({ from: key, to: emptyBytes })],
    ['a range of no single key', 'INVALID_ARGUMENT', range({ from: emptyBytes, to: 'single' })],
    ['a negative limit', 'INVALID_ARGUMENT', range({ from: key, to: 'single' }, -1)],
    ['a limit of 33 bits', 'INVALID_ARGUMENT', range({ from: key, to: 'single' }, 2 ** 32)],
    ['a nameless counter', 'INVALID_ARGUMENT', { kind: 'counterGet', name: '', consistency: 'stale' }],
    ['too short a secret', 'INVALID_ARGUMENT', { ...open(100), secret: secret.slice(1) } as OperationBody],
    ['too many entries of metadata', 'INVALID_ARGUMENT', { ...open(100), metadata: metadata(17) } as OperationBody],
    ['too much metadata', 'INVALID_ARGUMENT', withMetadata('n', longName)],
    ['nameless metadata', 'INVALID_ARGUMENT', withMetadata('', 'v')],
    ['half of a surrogate pair in metadata', 'INVALID_ARGUMENT', withMetadata('n', '\ud800')],
    [
      'metadata with one name twice',
      'INVALID_ARGUMENT',
      { ...open(100), metadata: [...metadata(1), ...metadata(1)] } as OperationBody,
    ],
    [
      'a resumption without a secret',
      'INVALID_ARGUMENT',
      { kind: 'resumeSession', sessionId, generation: 1, secret: emptyBytes, nonce: 1n },
    ],
    [
      'a resumption from nowhere',
      'INVALID_ARGUMENT',
      { kind: 'resumeSession', sessionId, generation: 0, secret, nonce: 1n },
    ],
    [
      'a resumption past the last generation',
      'INVALID_ARGUMENT',
      { kind: 'resumeSession', sessionId, generation: 2 ** 32 - 1, secret, nonce: 1n },
    ],
    ['the end of no session', 'INVALID_ARGUMENT', { kind: 'closeOtherSession', sessionId: 0 as SessionId }],
    [
      'a look at no session',
      'INVALID_ARGUMENT',
      { kind: 'sessionGet', sessionId: 0 as SessionId, consistency: 'stale' },
    ],
    [
      'too long a list of sessions',
      'INVALID_ARGUMENT',
      { kind: 'sessionList', after: sessionId, limit: 1001, consistency: 'stale' },
    ],
    ['a nameless lock', 'INVALID_ARGUMENT', { kind: 'lockGet', name: '', consistency: 'stale' }],
    [
      'what the leader proposes: expiry',
      'PROTOCOL_ERROR',
      { kind: 'expireSession', sessionId: 1 as SessionId, generation: 1, ballot: { round: 0, nodeId: '' } },
    ],
    ['what the leader proposes: compaction', 'PROTOCOL_ERROR', { kind: 'compact', revision: 1 as Revision }],
  ];
  test.each(refused)('%s: %s', (_name, code, body) => {
    expect(codeOf(body)).toBe(code);
  });
});

describe('the number of a command', () => {
  const body = put(key, emptyBytes);

  test('is demanded of commands', () => {
    expect(validateOperation({ ...operationOf(body), command: undefined })?.code).toBe('PROTOCOL_ERROR');
  });

  test.each([open(1000), { kind: 'get', key, ...latest }, { kind: 'compact', revision: 1 as Revision }] as const)(
    'is refused elsewhere: $kind',
    (other) => {
      expect(validateOperation(operationOf(other, command))?.code).toBe('PROTOCOL_ERROR');
    },
  );

  test.each([
    { sessionId: 0 as SessionId },
    { generation: 0 },
    { generation: 2 ** 32 },
    { sequence: 0 as Sequence, acknowledged: 0 },
    { sequence: 1.5 as Sequence },
    { acknowledged: -1 },
    { acknowledged: 5 },
    { acknowledged: 6 },
  ])('is refused if it has %j', (change) => {
    expect(validateOperation(operationOf(body, { ...command, ...change }))?.code).toBe('INVALID_ARGUMENT');
  });

  test.each([{ acknowledged: 0 }, { sequence: 1 as Sequence, acknowledged: 0 }])('is taken with %j', (change) => {
    expect(validateOperation(operationOf(body, { ...command, ...change }))).toBeUndefined();
  });
});

test.each([{ requestId: -1 }, { requestId: 2 ** 53 }, { seenRevision: 0.5 as Revision }])(
  'an operation with %j is refused',
  (change) => {
    expect(validateOperation({ ...operationOf(put(key, key)), ...change })?.code).toBe('INVALID_ARGUMENT');
  },
);

test('what has been found valid can be encoded', () => {
  fc.assert(
    fc.property(operation, (value) => {
      if (validateOperation(value) === undefined) expect(encodeOperation(value).length).toBeGreaterThan(0);
    }),
  );
});

test('an operation has to fit in a frame', () => {
  expect(validateEncodedOperation(new Uint8Array(limits.frameBytes - 16))).toBeUndefined();
  expect(validateEncodedOperation(new Uint8Array(limits.frameBytes - 15))?.code).toBe('FRAME_TOO_LARGE');
});

test('a range is checked by itself, for watches', () => {
  expect(validateKeyRange({ from: key, to: 'single' })).toBeUndefined();
  expect(validateKeyRange({ from: key, to: emptyBytes })?.code).toBe('INVALID_ARGUMENT');
});
