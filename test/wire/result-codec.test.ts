import { expect, test } from 'vitest';
import type { Revision } from '../../src/wire/identifiers.ts';
import { Writer } from '../../src/wire/protobuf.ts';
import { decodeResult, encodeResult, errorResult } from '../../src/wire/result-codec.ts';
import { result } from './arbitraries.ts';
import { testCodec } from './codec-laws.ts';

testCodec({ message: 'Result', values: result, encode: encodeResult, decode: decodeResult });

test('an error is a result like others', () => {
  const error = errorResult(7, 12 as Revision, 'COMPACTED', 'too old', 9 as Revision);
  expect(decodeResult(encodeResult(error))).toEqual({
    requestId: 7,
    revision: 12,
    body: { kind: 'error', code: 'COMPACTED', message: 'too old', oldestRevision: 9 },
  });
});

test('an error code of a later version is kept in the message', () => {
  const writer = new Writer();
  const mark = writer.begin(3);
  writer.string(1, 'OF_LATER');
  writer.string(2, 'full');
  writer.end(mark);
  expect(decodeResult(writer.finish()).body).toMatchObject({ code: 'INTERNAL', message: 'OF_LATER: full' });
});

test.each([
  [8, true],
  [9, false],
  [50_000, false],
])('results of %i transactions within each other', (depth, taken) => {
  const writer = new Writer();
  const marks = [writer.begin(14)];
  for (let level = 1; level < depth; level++) marks.push(writer.begin(2), writer.begin(4));
  for (const mark of marks.reverse()) writer.end(mark);
  const decode = () => decodeResult(writer.finish()).body.kind;
  if (taken) expect(decode()).toBe('transaction');
  else expect(decode).toThrow(expect.objectContaining({ code: 'PROTOCOL_ERROR' }));
});

test('a result that this version does not know is told apart', () => {
  const writer = new Writer();
  writer.end(writer.begin(40));
  expect(() => decodeResult(writer.finish())).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
});

test('a state that this version does not know is refused, not mistaken for another', () => {
  const writer = new Writer();
  const mark = writer.begin(15);
  writer.uint(1, 3);
  writer.end(mark);
  expect(() => decodeResult(writer.finish())).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
});

test('a result without a body is malformed', () => {
  expect(() => decodeResult(new Uint8Array(0))).toThrow('no body');
});
