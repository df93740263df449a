import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AssertionFailure } from '../../src/wire/assert.ts';
import { Reader, Writer } from '../../src/wire/protobuf.ts';
import { integer, signed64, text } from './arbitraries.ts';
import { hex } from './codec-laws.ts';

function written(write: (writer: Writer) => void): string {
  const writer = new Writer();
  write(writer);
  return hex(writer.finish());
}

// The examples of https://protobuf.dev/programming-guides/encoding/
describe('the examples of the specification', () => {
  test('a number', () => {
    expect(written((writer) => writer.uint(1, 150))).toBe('089601');
  });

  test('a negative number', () => {
    expect(written((writer) => writer.int64(1, -2n))).toBe('08feffffffffffffffff01');
  });

  test('a string', () => {
    expect(written((writer) => writer.string(2, 'testing'))).toBe('120774657374696e67');
  });

  test('a nested message', () => {
    const nested = (writer: Writer) => {
      const mark = writer.begin(3);
      writer.uint(1, 150);
      writer.end(mark);
    };
    expect(written(nested)).toBe('1a03089601');
  });

  test('packed numbers', () => {
    expect(written((writer) => writer.packedUints(6, [3, 270, 86942]))).toBe('3206038e029ea705');
  });
});

describe('defaults', () => {
  test('are left out', () => {
    const defaults = (writer: Writer) => {
      writer.uint(1, 0);
      writer.uint(1, -0);
      writer.uint32(2, 0);
      writer.bool(3, false);
      writer.int64(4, 0n);
      writer.fixed32(5, 0);
      writer.fixed64(6, 0n);
      writer.bytes(7, new Uint8Array(0));
      writer.string(8, '');
      writer.packedUints(9, []);
      writer.bytesItems(10, []);
    };
    expect(written(defaults)).toBe('');
  });

  test('are written as items', () => {
    const items = (writer: Writer) => {
      writer.uintItem(1, 0);
      writer.bytesItem(2, new Uint8Array(0));
      writer.stringItem(3, '');
      writer.end(writer.begin(4));
    };
    expect(written(items)).toBe('080012001a002200');
  });
});

describe('numbers out of range are a fault of the caller', () => {
  test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('uint %d', (value) => {
    expect(() => new Writer().uint(1, value)).toThrow(AssertionFailure);
    expect(() => new Writer().packedUints(1, [value])).toThrow(AssertionFailure);
  });

  test.each([-1, 1.5, 2 ** 32])('uint32 and fixed32 %d', (value) => {
    expect(() => new Writer().uint32(1, value)).toThrow(AssertionFailure);
    expect(() => new Writer().fixed32(1, value)).toThrow(AssertionFailure);
  });

  test.each([2n ** 63n, -(2n ** 63n) - 1n])('int64 %d', (value) => {
    expect(() => new Writer().int64(1, value)).toThrow(AssertionFailure);
  });

  test.each([-1n, 2n ** 64n])('fixed64 %d', (value) => {
    expect(() => new Writer().fixed64(1, value)).toThrow(AssertionFailure);
  });
});

describe('every number comes back', () => {
  function read<T>(write: (writer: Writer) => void, take: (reader: Reader) => T): T | undefined {
    const writer = new Writer();
    write(writer);
    const reader = new Reader(writer.finish());
    return reader.next() ? take(reader) : undefined;
  }

  test('uint', () => {
    fc.assert(
      fc.property(integer, (value) => {
        expect(
          read(
            (writer) => writer.uintItem(1, value),
            (reader) => reader.uint(),
          ),
        ).toBe(value);
      }),
    );
  });

  test('int64', () => {
    fc.assert(
      fc.property(
        signed64.filter((value) => value !== 0n),
        (value) => {
          expect(
            read(
              (writer) => writer.int64(1, value),
              (reader) => reader.int64(),
            ),
          ).toBe(value);
        },
      ),
    );
  });

  test('fixed32 and fixed64', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }),
        fc.integer({ min: 1, max: 2 ** 32 - 1 }),
        (long, short) => {
          expect(
            read(
              (writer) => writer.fixed64(1, long),
              (reader) => reader.fixed64(),
            ),
          ).toBe(long);
          expect(
            read(
              (writer) => writer.fixed32(1, short),
              (reader) => reader.fixed32(),
            ),
          ).toBe(short);
        },
      ),
    );
  });

  test('string', () => {
    fc.assert(
      fc.property(text, (value) => {
        expect(
          read(
            (writer) => writer.stringItem(1, value),
            (reader) => reader.string(),
          ),
        ).toBe(value);
      }),
    );
  });

  test.each([1, 15, 16, 2047, 2048, 2 ** 28 - 1])('field number %i', (field) => {
    expect(
      read(
        (writer) => writer.uint(field, 5),
        (reader) => [reader.field, reader.uint()],
      ),
    ).toEqual([field, 5]);
  });
});

describe('nested messages', () => {
  const lengths = [0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152];

  test.each(lengths.flatMap((length) => lengths.map((expected) => [length, expected] as const)))(
    'of %i bytes where %i were expected',
    (length, expected) => {
      const writer = new Writer();
      const outer = writer.begin(1, expected);
      const inner = writer.begin(2, expected);
      writer.raw(new Uint8Array(length).fill(0x55));
      writer.end(inner);
      writer.uint(3, 9);
      writer.end(outer);
      writer.uint(4, 8);

      const reader = new Reader(writer.finish());
      expect(reader.next() && reader.field).toBe(1);
      const end = reader.enter();
      expect(reader.next() && reader.field).toBe(2);
      const content = reader.bytes();
      expect([content.length, content.every((byte) => byte === 0x55)]).toEqual([length, true]);
      expect(reader.next() && [reader.field, reader.uint()]).toEqual([3, 9]);
      expect(reader.next()).toBe(false);
      reader.leave(end);
      expect(reader.next() && [reader.field, reader.uint()]).toEqual([4, 8]);
      expect(reader.next()).toBe(false);
    },
  );
});

describe('one writer for many messages', () => {
  test.each([10, 1000, 100_000, 1_000_000])('%i bytes handed out do not change with the next message', (length) => {
    const writer = new Writer();
    writer.bytes(1, new Uint8Array(length).fill(1));
    const first = writer.finish();
    const copy = first.slice();
    writer.bytes(1, new Uint8Array(length).fill(2));
    writer.finish();
    expect(Buffer.compare(first, copy)).toBe(0);
  });

  test('what a failed message left behind is gone after a reset', () => {
    const writer = new Writer();
    writer.begin(1);
    expect(() => writer.uint(1, -1)).toThrow(AssertionFailure);
    writer.reset().uint(1, 1);
    expect(hex(writer.finish())).toBe('0801');
  });

  test('the length is that of what was written', () => {
    const writer = new Writer();
    writer.string(1, 'abc');
    expect(writer.length).toBe(5);
    expect(writer.finish()).toHaveLength(5);
    expect(writer.length).toBe(0);
  });
});
