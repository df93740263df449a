import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WireFormatError } from '../../src/wire/protobuf.ts';
import { referenceBytes } from './proto-reference.ts';

export interface Codec<T extends object> {
  /** Its name in the .proto file. */
  readonly message: string;
  readonly values: fc.Arbitrary<T>;
  readonly encode: (value: T) => Uint8Array;
  readonly decode: (bytes: Uint8Array) => T;
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
}

/** What holds for every codec. */
export function testCodec<T extends object>({ message, values, encode, decode }: Codec<T>): void {
  test('decoding gives back what was encoded', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(decode(encode(value))).toEqual(value);
      }),
      { numRuns: 300 },
    );
  });

  test('the bytes are those of another implementation of protobuf', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(hex(encode(value))).toBe(hex(referenceBytes(message, value, 'omitted')));
      }),
      { numRuns: 300 },
    );
  });

  test('what another implementation writes with its defaults spelled out is understood', () => {
    fc.assert(
      fc.property(values, (value) => {
        expect(decode(referenceBytes(message, value, 'written'))).toEqual(value);
      }),
      { numRuns: 300 },
    );
  });

  test('only the bytes given are looked at, wherever they lie', () => {
    fc.assert(
      fc.property(values, fc.nat(20), fc.nat(20), (value, before, after) => {
        const bytes = encode(value);
        const surrounded = new Uint8Array(before + bytes.length + after).fill(0xff);
        surrounded.set(bytes, before);
        expect(decode(surrounded.subarray(before, before + bytes.length))).toEqual(value);
      }),
    );
  });

  test('damaged bytes are refused, or are the form of another value', () => {
    fc.assert(
      fc.property(values, fc.array(damage, { minLength: 1, maxLength: 4 }), (value, damages) => {
        checkRobust(damages.reduce((bytes, apply) => apply(bytes), encode(value)));
      }),
      { numRuns: 1000 },
    );
  });

  test('arbitrary bytes are refused, or are the form of a value', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), checkRobust), { numRuns: 1000 });
  });

  test('a message cut short anywhere is never read past its end', () => {
    fc.assert(
      fc.property(values, (value) => {
        const bytes = encode(value);
        for (let length = 0; length < Math.min(bytes.length, 200); length++) checkRobust(bytes.slice(0, length));
      }),
      { numRuns: 50 },
    );
  });

  function checkRobust(bytes: Uint8Array): void {
    let value: T;
    try {
      value = decode(bytes);
    } catch (error) {
      if (error instanceof WireFormatError) return;
      throw error;
    }
    expect(decode(encode(value))).toEqual(value);
  }
}

type Damage = (bytes: Uint8Array) => Uint8Array;

const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.tuple(fc.nat(), fc.nat(255)).map(
    ([at, byte]): Damage =>
      (bytes) =>
        bytes.map((old, index) => (index === at % bytes.length ? byte : old)),
  ),
  fc.tuple(fc.nat(), fc.nat(7)).map(
    ([at, bit]): Damage =>
      (bytes) =>
        bytes.map((byte, index) => (index === at % bytes.length ? byte ^ (1 << bit) : byte)),
  ),
  fc.tuple(fc.nat(), fc.uint8Array({ maxLength: 12 })).map(
    ([at, inserted]): Damage =>
      (bytes) => {
        const index = at % (bytes.length + 1);
        return Uint8Array.of(...bytes.subarray(0, index), ...inserted, ...bytes.subarray(index));
      },
  ),
  fc.tuple(fc.nat(), fc.nat(8)).map(
    ([at, count]): Damage =>
      (bytes) => {
        const index = at % (bytes.length + 1);
        return Uint8Array.of(...bytes.subarray(0, index), ...bytes.subarray(index + count));
      },
  ),
);
