import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  compareBytes,
  equalBytes,
  InvalidUtf8Error,
  isWellFormed,
  keyBytes,
  keyString,
  utf8Bytes,
  utf8Length,
  utf8Slice,
  utf8Text,
} from '../../src/wire/bytes.ts';

/** Few values and few lengths, so that equal beginnings are common. */
const similar = fc.array(fc.constantFrom(0, 1, 127, 128, 255), { maxLength: 4 }).map((bytes) => Uint8Array.from(bytes));
const anyText = fc.string({ unit: 'binary', maxLength: 100 });
const brokenText = fc
  .array(fc.constantFrom('a', 'é', '€', '😀', '\ud83d', '\ude00'), { maxLength: 5 })
  .map((parts) => parts.join(''));

describe('keys as strings', () => {
  test('the way there and back changes nothing', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(keyBytes(keyString(bytes))).toEqual(bytes);
      }),
    );
  });

  test.each([0, 1, 4095, 4096, 4097, 1_000_000])('%i bytes are as many characters', (length) => {
    const bytes = Uint8Array.from({ length }, (_, index) => index % 251);
    const key = keyString(bytes);
    expect(key).toHaveLength(length);
    expect(equalBytes(keyBytes(key), bytes)).toBe(true);
  });

  test('strings sort as their bytes do', () => {
    fc.assert(
      fc.property(similar, similar, (a, b) => {
        const [x, y] = [keyString(a), keyString(b)];
        expect(Math.sign(compareBytes(a, b))).toBe(x < y ? -1 : Number(x > y));
      }),
      { numRuns: 1000 },
    );
  });
});

describe('comparing', () => {
  test('as Buffer does', () => {
    fc.assert(
      fc.property(similar, similar, (a, b) => {
        expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(a, b));
        expect(equalBytes(a, b)).toBe(Buffer.compare(a, b) === 0);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('text', () => {
  test('well-formed text survives the way to UTF-8 and back', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(utf8Text(utf8Bytes(text))).toBe(text);
      }),
    );
  });

  test.each(['', 'a'.repeat(64), 'a'.repeat(65), `${'a'.repeat(63)}é`, '\ufeffmarked'])('so does %j', (text) => {
    expect(utf8Text(utf8Bytes(text))).toBe(text);
  });

  test.each([
    [0xff],
    [0xc3],
    [0xc0, 0x80],
    [0xed, 0xa0, 0x80],
    [0xf5, 0x80, 0x80, 0x80],
    [...Array(70).fill(0x61), 0x80],
  ])('bytes that are no UTF-8 are refused, not replaced (%#)', (...bytes) => {
    expect(() => utf8Text(Uint8Array.from(bytes))).toThrow(InvalidUtf8Error);
    expect(() => utf8Text(Uint8Array.from(bytes))).toThrow(expect.objectContaining({ code: 'INVALID_UTF8' }));
    expect(utf8Slice(Uint8Array.from(bytes), 0, bytes.length)).toBeUndefined();
  });

  test('a slice is read without what lies around it', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const bytes = utf8Bytes(text);
        const surrounded = Uint8Array.of(0xff, 0xff, ...bytes, 0x80);
        expect(utf8Slice(surrounded, 2, 2 + bytes.length)).toBe(text);
      }),
    );
  });

  test('the length is known without encoding', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, brokenText), (text) => {
        expect(utf8Length(text)).toBe(utf8Bytes(text).length);
      }),
      { numRuns: 500 },
    );
  });

  test('half a surrogate pair has no form in UTF-8', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, brokenText), (text) => {
        expect(isWellFormed(text)).toBe(utf8Text(utf8Bytes(text)) === text);
      }),
      { numRuns: 500 },
    );
  });
});
