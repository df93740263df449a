import { describe, expect, test } from 'vitest';
import { Reader, WireFormatError } from '../../src/wire/protobuf.ts';

function readerOf(hexadecimal: string): Reader {
  return new Reader(Uint8Array.from(Buffer.from(hexadecimal, 'hex')));
}

/** Reads the only field. */
function readOne<T>(hexadecimal: string, take: (reader: Reader) => T): T {
  const reader = readerOf(hexadecimal);
  expect(reader.next()).toBe(true);
  const value = take(reader);
  expect(reader.next()).toBe(false);
  return value;
}

describe('numbers', () => {
  test.each([
    ['0800', 0],
    ['087f', 127],
    ['08808000', 0], // longer than needed
    ['08ffffffffffffff0f', Number.MAX_SAFE_INTEGER],
    ['08ffffffffffffff8f8000', Number.MAX_SAFE_INTEGER],
  ])('%s is %i', (bytes, value) => {
    expect(readOne(bytes, (reader) => reader.uint())).toBe(value);
  });

  test.each([
    ['2^53', '088080808080808010'],
    ['2^64 - 1', '08ffffffffffffffffff01'],
    ['eleven bytes', '088080808080808080808000'],
    ['no end', '08ffffffff'],
  ])('%s is refused as a whole number', (_name, bytes) => {
    expect(() => readOne(bytes, (reader) => reader.uint())).toThrow(WireFormatError);
  });

  test('more than 32 bits are refused where 32 are declared', () => {
    expect(readOne('08ffffffff0f', (reader) => reader.uint32())).toBe(2 ** 32 - 1);
    expect(() => readOne('088080808010', (reader) => reader.uint32())).toThrow(WireFormatError);
  });

  test.each([
    ['08ffffffffffffffffff01', -1n],
    ['0880808080808080808001', -(2n ** 63n)],
    ['08ffffffffffffffff7f', 2n ** 63n - 1n],
    ['08ff808080808080808000', 127n], // longer than needed,
  ])('%s is the signed number %d', (bytes, value) => {
    expect(readOne(bytes, (reader) => reader.int64())).toBe(value);
  });

  test('a signed number of more than 64 bits is refused', () => {
    expect(() => readOne('08ffffffffffffffffff02', (reader) => reader.int64())).toThrow(WireFormatError);
    expect(() => readOne('08ffffffffffffffffffff01', (reader) => reader.int64())).toThrow(WireFormatError);
  });
});

describe('lengths that lie', () => {
  const lies: readonly (readonly [name: string, bytes: string, take: (reader: Reader) => unknown])[] = [
    ['bytes', '0a05aabb', (reader) => reader.bytes()],
    ['bytes of 2^32', '0a8080808010', (reader) => reader.bytes()],
    ['bytes of 2^53 - 1', '0affffffffffffff0f', (reader) => reader.bytes()],
    ['a string', '0a0561', (reader) => reader.string()],
    ['packed numbers', '0a0501', (reader) => reader.uints([])],
    ['a fixed32', '0d010203', (reader) => reader.fixed32()],
    ['a fixed64', '0901020304050607', (reader) => reader.fixed64()],
    ['a nested message', '0a050801', (reader) => reader.enter()],
  ];
  test.each(lies)('%s', (_name, bytes, take) => {
    expect(() => readOne(bytes, take)).toThrow(WireFormatError);
    expect(() => readOne(bytes, (reader) => reader.skip())).toThrow(WireFormatError);
  });

  test('a packed number does not go on past the others', () => {
    expect(() => readOne('0a02058001', (reader) => reader.uints([]))).toThrow(WireFormatError);
  });

  test('a field inside of a nested message does not reach past its end', () => {
    // Field 1 is a message of 2 bytes whose field 2 claims 4 bytes; 4 more bytes follow in the outer message.
    const reader = readerOf('0a021204aabbccdd');
    reader.next();
    reader.enter();
    reader.next();
    expect(() => reader.bytes()).toThrow(WireFormatError);
  });
});

describe('the type of a field', () => {
  const wrong: readonly (readonly [name: string, bytes: string, take: (reader: Reader) => unknown])[] = [
    ['uint', '0a0161', (reader) => reader.uint()],
    ['uint32', '0d01020304', (reader) => reader.uint32()],
    ['bool', '0a0161', (reader) => reader.bool()],
    ['int64', '0a0161', (reader) => reader.int64()],
    ['fixed32', '0801', (reader) => reader.fixed32()],
    ['fixed64', '0801', (reader) => reader.fixed64()],
    ['bytes', '0801', (reader) => reader.bytes()],
    ['string', '0801', (reader) => reader.string()],
    ['message', '0801', (reader) => reader.enter()],
    ['uints', '0d01020304', (reader) => reader.uints([])],
  ];
  test.each(wrong)('%s is not read from another one', (_name, bytes, take) => {
    expect(() => readOne(bytes, take)).toThrow(WireFormatError);
  });

  test.each(['0b', '0c', '0e', '0f'])('groups and unknown types are refused (%s)', (bytes) => {
    expect(() => readOne(bytes, (reader) => reader.skip())).toThrow('unknown wire type');
  });

  test.each(['00', '07', 'ffffffff7f'])('%s is no tag', (bytes) => {
    expect(() => readerOf(bytes).next()).toThrow(WireFormatError);
  });
});

test('a string has to be UTF-8', () => {
  expect(readOne('0a02c3a9', (reader) => reader.string())).toBe('é');
  expect(() => readOne('0a02c328', (reader) => reader.string())).toThrow(WireFormatError);
});

test('leaving a message passes over what was not read of it', () => {
  const reader = readerOf('0a03aabbcc1005');
  reader.next();
  reader.leave(reader.enter());
  expect(reader.next() && [reader.field, reader.uint()]).toEqual([2, 5]);
});
