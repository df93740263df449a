import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeBatch, encodeBatch } from '../../src/wire/batch-codec.ts';
import { bytes } from './arbitraries.ts';
import { testCodec } from './codec-laws.ts';

describe('batches', () => {
  testCodec({
    message: 'Batch',
    values: fc.record({ operations: fc.array(bytes, { maxLength: 20 }) }),
    encode: ({ operations }) => encodeBatch(operations),
    decode: (encoded) => ({ operations: decodeBatch(encoded) }),
  });
});

test('a no-op is empty', () => {
  expect(encodeBatch([])).toHaveLength(0);
  expect(decodeBatch(new Uint8Array(0))).toEqual([]);
});

test('the operations are slices of the batch', () => {
  const batch = encodeBatch([new Uint8Array(10), new Uint8Array(20)]);
  expect(decodeBatch(batch).map(({ buffer }) => buffer)).toEqual([batch.buffer, batch.buffer]);
});
