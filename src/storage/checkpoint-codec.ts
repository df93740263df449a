import type { Slot } from '../paxos/record.ts';
import { Reader, WireFormatError, Writer } from '../wire/protobuf.ts';
import { checksumBytes, claimedCrc, isIntact, sealFrame } from './checksummed-frame.ts';
import type { CheckpointManifest } from './ports.ts';
import { checkpointDamaged, newerFormat, textOf } from './storage-error.ts';

/** Raised when an older version could misread a checkpoint. */
const formatVersion = 1;

/** A manifest with what each chunk has to be. */
export interface SealedManifest {
  readonly manifest: CheckpointManifest;
  /** The checksum of every chunk's frame: what the manifest vouches for, chunk by chunk. */
  readonly chunkCrcs: readonly number[];
}

/** Before the bytes of a chunk: CRC-32 of the rest, slot, index. */
const chunkHeaderBytes = checksumBytes + 8 + 4;

/** Into a frame that says where it belongs, so that one in the place of another is noticed. */
export function encodeChunk(slot: Slot, index: number, chunk: Uint8Array): Uint8Array {
  const frame = new Uint8Array(chunkHeaderBytes + chunk.length);
  const view = new DataView(frame.buffer);
  view.setBigUint64(checksumBytes, BigInt(slot));
  view.setUint32(checksumBytes + 8, index);
  frame.set(chunk, chunkHeaderBytes);
  return sealFrame(frame);
}

/**
 * The chunk, a slice of the frame that was found in its place. Its own checksum alone would not do: it also fits a chunk
 * that an earlier, unfinished writer of the same slot has left.
 *
 * @throws StorageError CHECKPOINT_DAMAGED
 */
export function decodeChunk(
  location: string,
  { manifest: { slot }, chunkCrcs }: SealedManifest,
  index: number,
  frame: Uint8Array | undefined,
): Uint8Array {
  const name = nameOfChunk(slot, index);
  if (frame === undefined) throw checkpointDamaged(location, `${name} is missing`);
  if (frame.length < chunkHeaderBytes || !isIntact(frame)) {
    throw checkpointDamaged(location, `${name} does not match its checksum`);
  }
  const view = new DataView(frame.buffer, frame.byteOffset);
  const found = nameOfChunk(Number(view.getBigUint64(checksumBytes)), view.getUint32(checksumBytes + 8));
  if (found !== name) throw checkpointDamaged(location, `in the place of ${name} is ${found}`);
  if (claimedCrc(frame) !== chunkCrcs[index]) {
    throw checkpointDamaged(location, `${name} is not the one that its manifest was written for`);
  }
  return frame.subarray(chunkHeaderBytes);
}

export function nameOfChunk(slot: Slot, index: number): string {
  return `chunk ${index} of the checkpoint of slot ${slot}`;
}

const writer = new Writer();

/** The frame of `checkpoint.proto`: CRC-32 (big-endian) of the rest, then the Checkpoint. */
export function encodeManifest({ manifest, chunkCrcs }: SealedManifest): Uint8Array {
  const { slot, revision, hash, bytes, header } = manifest;
  writer.reset().raw(new Uint8Array(checksumBytes));
  writer.uint32(1, formatVersion);
  writer.uint(2, slot);
  writer.uint(3, revision);
  writer.string(4, hash);
  writer.uint(5, bytes);
  writer.bytes(6, header);
  writer.bytes(7, packedCrcs(chunkCrcs));
  return sealFrame(writer.finish());
}

export type FoundManifest =
  | ({ readonly kind: 'intact' } & SealedManifest)
  | { readonly kind: 'damaged'; readonly problem: string };

/** What was found in the place of the manifest of `slot`. @throws StorageError NEWER_FORMAT */
export function decodeManifest(location: string, slot: Slot, frame: Uint8Array): FoundManifest {
  const name = `the manifest of the checkpoint of slot ${slot}`;
  const damaged = (problem: string): FoundManifest => ({ kind: 'damaged', problem });
  if (!isIntact(frame)) return damaged(`${name} does not match its checksum`);
  try {
    const sealed = readManifest(new Reader(frame.slice(checksumBytes)));
    if (sealed.manifest.slot === slot) return { kind: 'intact', ...sealed };
    return damaged(`in the place of ${name} is that of slot ${sealed.manifest.slot}`);
  } catch (error) {
    if (!(error instanceof WireFormatError)) throw error;
    if (error.code === 'UNSUPPORTED') throw newerFormat(`${name} in ${location}`, error);
    return damaged(`${name} cannot be decoded (${textOf(error)})`);
  }
}

function readManifest(reader: Reader): SealedManifest {
  let slot = 0;
  let revision = 0;
  let hash = '';
  let bytes = 0;
  let header: Uint8Array = new Uint8Array(0);
  let chunkCrcs: number[] = [];
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        refuseNewer(reader.uint32());
        break;
      case 2:
        slot = reader.uint();
        break;
      case 3:
        revision = reader.uint();
        break;
      case 4:
        hash = reader.string();
        break;
      case 5:
        bytes = reader.uint();
        break;
      case 6:
        header = reader.bytes();
        break;
      case 7:
        chunkCrcs = unpackedCrcs(reader.bytes());
        break;
      default:
        throw new WireFormatError(`Checkpoint has the unknown field ${reader.field}`, 'UNSUPPORTED');
    }
  }
  return { manifest: { slot, revision, hash, chunks: chunkCrcs.length, bytes, header }, chunkCrcs };
}

/** The version comes first, so that nothing of a newer format is read before it. */
function refuseNewer(version: number): void {
  if (version <= formatVersion) return;
  throw new WireFormatError(`format ${version}; known are formats up to ${formatVersion}`, 'UNSUPPORTED');
}

/** As protobuf packs fixed32: little-endian. */
function packedCrcs(crcs: readonly number[]): Uint8Array {
  const packed = new Uint8Array(crcs.length * 4);
  const view = new DataView(packed.buffer);
  for (const [index, crc] of crcs.entries()) view.setUint32(index * 4, crc, true);
  return packed;
}

function unpackedCrcs(packed: Uint8Array): number[] {
  if (packed.length % 4 !== 0) throw new WireFormatError(`${packed.length} bytes are no list of checksums`);
  const view = new DataView(packed.buffer, packed.byteOffset, packed.length);
  return Array.from({ length: packed.length / 4 }, (_, index) => view.getUint32(index * 4, true));
}
