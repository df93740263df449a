import fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, test } from 'vitest';
import { type Standing, standings } from '../../src/paxos/record.ts';
import { claimedCrc, decodeRecord, encodeRecord, isIntact } from '../../src/storage/record-codec.ts';
import { WireFormatError } from '../../src/wire/protobuf.ts';
import { anyRecord, slotRecord } from './records.ts';

const crc = fc.nat(0xffff_ffff);
const schema = protobuf.loadSync(new URL('../../proto/conclave/v1/journal.proto', import.meta.url).pathname);
const message = schema.lookupType('conclave.v1.JournalRecord');

function isStanding(field: unknown): field is Standing {
  return standings.some((standing) => standing === field);
}

/** As proto3 wants it: fields with their default value are not written. */
function withoutDefaults(value: object): Record<string, unknown> {
  const numbered = Object.entries(value).map(([name, field]) => [
    name,
    isStanding(field) ? standings.indexOf(field) : field,
  ]);
  const entries = numbered.filter(([, field]) => field !== 0 && field !== '' && field !== false);
  return Object.fromEntries(
    entries.flatMap(([name, field]): [string, unknown][] => {
      if (field === undefined || (field instanceof Uint8Array && field.length === 0)) return [];
      if (field instanceof Uint8Array || typeof field !== 'object') return [[name, field]];
      return [[name, Array.isArray(field) ? field.map(withoutDefaults) : withoutDefaults(field)]];
    }),
  );
}

describe('a journal record', () => {
  test('is decoded as it was encoded', () => {
    fc.assert(
      fc.property(anyRecord, crc, (record, previousCrc) => {
        expect(decodeRecord(encodeRecord(record, previousCrc))).toEqual({ record, previousCrc });
      }),
    );
  });

  test('has the bytes that another implementation of the schema writes', () => {
    fc.assert(
      fc.property(anyRecord, crc, (record, previousCrc) => {
        const theirs = message.encode(withoutDefaults({ ...record, previousCrc })).finish();
        expect(Buffer.from(encodeRecord(record, previousCrc).subarray(4)).equals(theirs)).toBe(true);
      }),
    );
  });

  test('is intact until any bit of it changes', () => {
    fc.assert(
      fc.property(anyRecord, fc.nat(), fc.nat(7), (record, position, bit) => {
        const frame = encodeRecord(record, 0);
        expect(isIntact(frame)).toBe(true);
        frame[position % frame.length]! ^= 1 << bit;
        expect(isIntact(frame)).toBe(false);
      }),
    );
  });

  test('is not intact when it is cut off anywhere', () => {
    const frame = encodeRecord(slotRecord(1), 0);
    for (let length = 0; length < frame.length; length++) expect(isIntact(frame.subarray(0, length))).toBe(false);
  });

  test('has the CRC-32 that everybody knows', () => {
    const frame = encodeRecord({ ...slotRecord(1), accepted: [] }, 0xdeadbeef);
    let expected = 0xffff_ffff;
    for (const byte of frame.subarray(4)) {
      expected ^= byte;
      for (let bit = 0; bit < 8; bit++) expected = (expected >>> 1) ^ (expected & 1 ? 0xedb8_8320 : 0);
    }
    expect(claimedCrc(frame)).toBe(~expected >>> 0);
  });

  test('of a newer version, with fields unknown here, is refused rather than half understood', () => {
    const frame = encodeRecord(slotRecord(1), 0);
    const unknownField = Uint8Array.of(((100 << 3) & 0x7f) | 0x80, (100 << 3) >> 7, 1);
    const longer = new Uint8Array([...frame, ...unknownField]);
    expect(() => decodeRecord(longer)).toThrow(WireFormatError);
    expect(() => decodeRecord(longer)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
  });

  test('of a newer format is refused with both numbers', () => {
    const formatVersion = Uint8Array.of(15 << 3, 2);
    const frame = new Uint8Array([...encodeRecord(slotRecord(1), 0), ...formatVersion]);
    const decode = () => decodeRecord(frame);
    expect(decode).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED', message: 'format 2; known are formats up to 1' }),
    );
  });

  test('is decoded or refused, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        try {
          decodeRecord(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(WireFormatError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
