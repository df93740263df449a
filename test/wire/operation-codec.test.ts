import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeBatch, encodeBatch } from '../../src/wire/batch-codec.ts';
import { utf8Bytes } from '../../src/wire/bytes.ts';
import type { Revision } from '../../src/wire/identifiers.ts';
import type { Operation } from '../../src/wire/operation.ts';
import { decodeOperation, decodeOperations, encodeOperation } from '../../src/wire/operation-codec.ts';
import { WireFormatError, Writer } from '../../src/wire/protobuf.ts';
import { operation } from './arbitraries.ts';
import { testCodec } from './codec-laws.ts';

testCodec({ message: 'Operation', values: operation, encode: encodeOperation, decode: decodeOperation });

const read: Operation = {
  requestId: 1,
  command: undefined,
  seenRevision: 0 as Revision,
  body: { kind: 'get', key: utf8Bytes('k'), revision: 0 as Revision, consistency: 'linearizable' },
};

function withRange(to: Uint8Array | 'single' | 'unbounded'): Operation {
  return {
    ...read,
    body: {
      kind: 'range',
      range: { from: utf8Bytes('a'), to },
      revision: 0 as Revision,
      consistency: 'stale',
      limit: 0,
    },
  };
}

test('the operations of a batch are read in place as each by itself', () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 5 }), (values) => {
      const batch = encodeBatch(values.map(encodeOperation));
      expect(decodeOperations(batch)).toEqual(decodeBatch(batch).map(decodeOperation));
    }),
  );
});

test('an operation does not reach beyond its end in the batch', () => {
  const bytes = encodeOperation(read);
  expect(() => decodeOperations(encodeBatch([bytes.subarray(0, -1), bytes]))).toThrow(WireFormatError);
  expect(() => decodeOperations(encodeBatch([bytes, new Uint8Array(0)]))).toThrow('no body');
});

test('every strict beginning of an operation is refused: its body comes last', () => {
  fc.assert(
    fc.property(operation, fc.nat(), (value, at) => {
      const bytes = encodeOperation(value);
      expect(() => decodeOperation(bytes.subarray(0, at % bytes.length))).toThrow(WireFormatError);
    }),
  );
});

describe('a body is demanded', () => {
  test('an operation without one is malformed', () => {
    const writer = new Writer();
    writer.uint(1, 7);
    expect(() => decodeOperation(writer.finish())).toThrow(expect.objectContaining({ code: 'PROTOCOL_ERROR' }));
  });

  test('an operation that this version does not know is told apart', () => {
    const writer = new Writer();
    writer.uint(1, 7);
    writer.end(writer.begin(40));
    expect(() => decodeOperation(writer.finish())).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
  });

  test('a part of a transaction that this version does not know is not passed over', () => {
    const writer = new Writer();
    const transaction = writer.begin(14);
    const condition = writer.begin(1);
    writer.bytesItem(10, utf8Bytes('k'));
    writer.end(condition);
    writer.end(transaction);
    expect(() => decodeOperation(writer.finish())).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
  });

  test('two bodies are one too many', () => {
    const bytes = encodeOperation({ ...read, body: { kind: 'closeSession' } });
    const twice = new Uint8Array([...bytes, ...bytes]);
    expect(() => decodeOperation(twice)).toThrow('more than one body');
  });
});

/** So many transactions, each in a branch of the one before it. */
function nested(depth: number): Uint8Array {
  const writer = new Writer();
  writer.uint(1, 7);
  const marks = [writer.begin(14)];
  for (let level = 1; level < depth; level++) marks.push(writer.begin(level % 2 === 0 ? 2 : 3), writer.begin(4));
  for (const mark of marks.reverse()) writer.end(mark);
  return writer.finish();
}

describe('transactions within each other', () => {
  test('as deep as is allowed', () => {
    expect(decodeOperation(nested(8)).body).toMatchObject({ kind: 'transaction' });
  });

  test.each([9, 50_000])('no deeper, however deep it goes: %i', (depth) => {
    expect(() => decodeOperation(nested(depth))).toThrow(expect.objectContaining({ code: 'PROTOCOL_ERROR' }));
  });

  test.each([
    ['put', 1, 4],
    ['put', 1, 6],
    ['delete', 3, 2],
    ['delete', 3, 3],
  ])('a %s within one does not lose its condition, but is refused', (_kind, field, option) => {
    const writer = new Writer();
    const transaction = writer.begin(14);
    const operation = writer.begin(2);
    const write = writer.begin(field);
    writer.bytes(1, utf8Bytes('k'));
    writer.uint(option, 1);
    for (const mark of [write, operation, transaction]) writer.end(mark);
    expect(() => decodeOperation(writer.finish())).toThrow(expect.objectContaining({ code: 'PROTOCOL_ERROR' }));
  });
});

test('a field that this version does not know is passed over', () => {
  const writer = new Writer();
  writer.raw(encodeOperation(read).subarray(0, 2));
  writer.uint(4, 99);
  writer.string(5, 'news');
  writer.fixed32(6, 1);
  writer.fixed64(7, 1n);
  writer.raw(encodeOperation(read).subarray(2));
  expect(decodeOperation(writer.finish())).toEqual(read);
});

test.each(['single', 'unbounded', utf8Bytes('b')] as const)('the end of a range: %s', (to) => {
  expect(decodeOperation(encodeOperation(withRange(to)))).toEqual(withRange(to));
});

test('the end of a range that has none is ignored', () => {
  const writer = new Writer();
  const body = writer.begin(31);
  const range = writer.begin(1);
  writer.bytes(1, utf8Bytes('a'));
  writer.bytes(2, utf8Bytes('b'));
  writer.bool(3, true);
  writer.end(range);
  writer.uint(3, 1);
  writer.end(body);
  expect(decodeOperation(writer.finish()).body).toEqual(withRange('unbounded').body);
});

test('a range that ends before every key has no form', () => {
  expect(() => encodeOperation(withRange(new Uint8Array(0)))).toThrow('does not end before every key');
});

test('keys and values are not copied', () => {
  const bytes = encodeOperation({
    ...read,
    body: { kind: 'put', key: utf8Bytes('key'), value: new Uint8Array(256), ephemeral: false },
  });
  const { body } = decodeOperation(bytes);
  expect(body.kind === 'put' && body.value.buffer).toBe(bytes.buffer);
});

test('slices of a Buffer are plain bytes', () => {
  const { body } = decodeOperation(Buffer.from(encodeOperation(read)));
  expect(body.kind === 'get' && Object.getPrototypeOf(body.key)).toBe(Uint8Array.prototype);
});
