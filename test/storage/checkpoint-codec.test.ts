import fc from 'fast-check';
import protobuf from 'protobufjs';
import { expect, test } from 'vitest';
import { decodeChunk, decodeManifest, encodeChunk, encodeManifest } from '../../src/storage/checkpoint-codec.ts';
import { sealFrame } from '../../src/storage/checksummed-frame.ts';
import { plain } from './checkpoints.ts';
import { storageError } from './journals.ts';

const schema = protobuf.loadSync(new URL('../../proto/conclave/v1/checkpoint.proto', import.meta.url).pathname);
const message = schema.lookupType('conclave.v1.Checkpoint');

const sealed = fc
  .record({
    slot: fc.maxSafeNat(),
    revision: fc.maxSafeNat(),
    hash: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((hash) => hash.toString(16).padStart(16, '0')),
    bytes: fc.maxSafeNat(),
    header: fc.uint8Array({ maxLength: 200 }),
    chunkCrcs: fc.array(fc.nat(0xffff_ffff), { maxLength: 20 }),
  })
  .map(({ chunkCrcs, ...manifest }) => ({ manifest: { ...manifest, chunks: chunkCrcs.length }, chunkCrcs }));

test('a manifest is decoded as it was encoded', () => {
  fc.assert(
    fc.property(sealed, (written) => {
      const found = decodeManifest('here', written.manifest.slot, encodeManifest(written));
      if (found.kind === 'damaged') throw new Error(found.problem);
      expect({ ...found, manifest: plain(found.manifest) }).toEqual({ kind: 'intact', ...written });
    }),
  );
});

test('a manifest has the bytes that another implementation of the schema writes', () => {
  fc.assert(
    fc.property(sealed, ({ manifest, chunkCrcs }) => {
      const { chunks: _, ...fields } = manifest;
      const set = Object.entries({ formatVersion: 1, ...fields, chunkCrcs }).filter(
        ([, field]) => field !== 0 && (typeof field !== 'object' || field.length > 0),
      );
      const theirs = message.encode(Object.fromEntries(set)).finish();
      expect(Buffer.from(encodeManifest({ manifest, chunkCrcs }).subarray(4)).equals(theirs)).toBe(true);
    }),
  );
});

test('a manifest is intact until any bit of it changes', () => {
  fc.assert(
    fc.property(sealed, fc.nat(), fc.nat(7), (written, position, bit) => {
      const frame = encodeManifest(written);
      frame[position % frame.length]! ^= 1 << bit;
      expect(decodeManifest('here', written.manifest.slot, frame).kind).toBe('damaged');
    }),
  );
});

test('a manifest with a field that is unknown is of a newer format', async () => {
  const written = {
    manifest: { slot: 7, revision: 1, hash: '0'.repeat(16), chunks: 0, bytes: 0, header: new Uint8Array(0) },
  };
  const frame = encodeManifest({ ...written, chunkCrcs: [] });
  const unknownField = Uint8Array.of(8 << 3, 1);
  const longer = sealFrame(Uint8Array.of(...frame, ...unknownField));
  const error = await storageError((async () => decodeManifest('here', 7, longer))(), 'NEWER_FORMAT');
  expect(error.message).toMatch(
    /the manifest of the checkpoint of slot 7 in here \(Checkpoint has the unknown field 8\)/,
  );
});

test('a chunk is what was written until any bit of it changes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(), fc.nat(7), (chunk, position, bit) => {
      const frame = encodeChunk(9, 0, chunk);
      const manifest = { slot: 9, revision: 1, hash: '', chunks: 1, bytes: chunk.length, header: new Uint8Array(0) };
      const chunkCrcs = [new DataView(frame.buffer).getUint32(0)];
      expect(decodeChunk('here', { manifest, chunkCrcs }, 0, frame)).toEqual(chunk);
      frame[position % frame.length]! ^= 1 << bit;
      expect(() => decodeChunk('here', { manifest, chunkCrcs }, 0, frame)).toThrow(
        /chunk 0 of the checkpoint of slot 9/,
      );
    }),
  );
});
