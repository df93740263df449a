import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeBackupHeader,
  decodeBackupTrailer,
  encodeBackupHeader,
  encodeBackupTrailer,
} from '../../src/storage/backup-codec.ts';
import { referenceBytes } from '../wire/proto-reference.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 20 });
const number = fc.maxSafeNat();

const header = fc.record({
  clusterId: text,
  clusterName: text,
  nodeId: text,
  programVersion: text,
  createdAtMs: number,
  slot: number,
  revision: number,
  stateHash: text,
  stale: fc.boolean(),
  expectedBytes: number,
});
const trailer = fc.record({ chunks: number, bytes: number, sha256: fc.uint8Array({ minLength: 32, maxLength: 32 }) });

describe('the header and the trailer of a backup', () => {
  test('come back as they were', () => {
    fc.assert(
      fc.property(header, (written) => {
        expect(decodeBackupHeader(encodeBackupHeader(written))).toEqual(written);
      }),
    );
    fc.assert(
      fc.property(trailer, (written) => {
        expect(decodeBackupTrailer(encodeBackupTrailer(written))).toEqual(written);
      }),
    );
  });

  test('have the bytes that another implementation of the schema writes', () => {
    fc.assert(
      fc.property(header, (written) => {
        const theirs = referenceBytes('BackupHeader', { formatVersion: 1, ...written }, 'omitted');
        expect(Buffer.compare(encodeBackupHeader(written), theirs)).toBe(0);
      }),
    );
    fc.assert(
      fc.property(trailer, (written) => {
        const theirs = referenceBytes('BackupTrailer', written, 'omitted');
        expect(Buffer.compare(encodeBackupTrailer(written), theirs)).toBe(0);
      }),
    );
  });

  test('of a later version are refused as such, whatever follows', () => {
    const later = Uint8Array.of(0x08, 2, 0xff, 0xff);
    expect(() => decodeBackupHeader(later)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
    const unknown = Uint8Array.of(...encodeBackupHeader(fc.sample(header, 1)[0] as never), 0xf8, 0x01, 1);
    expect(() => decodeBackupHeader(unknown)).toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
  });
});
