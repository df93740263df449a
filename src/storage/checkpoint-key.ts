import type { Slot } from '../paxos/record.ts';

/**
 * Keys of the checkpoints' database: one letter that says what it is, then the slot in 8 bytes; that alone is the key of
 * the manifest, and with the chunk's index in 4 bytes that of a chunk. All big-endian, so that a checkpoint lies in one
 * piece: its manifest, then its chunks in order. Other letters are free for what is not a checkpoint.
 */
const checkpointLetter = 0x63; // c
const manifestKeyBytes = 9;
const chunkKeyBytes = 13;

export function manifestKey(slot: Slot): Uint8Array {
  return keyOf(slot, manifestKeyBytes);
}

export function chunkKey(slot: Slot, index: number): Uint8Array {
  const key = keyOf(slot, chunkKeyBytes);
  new DataView(key.buffer).setUint32(manifestKeyBytes, index);
  return key;
}

/** Of a checkpoint's range, both ends included: its manifest is the first key, and this is past every chunk. */
export function lastKey(slot: Slot): Uint8Array {
  return chunkKey(slot, 0xffff_ffff);
}

/** What no checkpoint has if the key is none of ours: -1. */
export function slotOfKey(key: Uint8Array): Slot {
  if (key.length < manifestKeyBytes) return -1;
  const slot = Number(new DataView(key.buffer, key.byteOffset).getBigUint64(1));
  return Number.isSafeInteger(slot) ? slot : -1;
}

export function isManifestKey(key: Uint8Array): boolean {
  return key.length === manifestKeyBytes;
}

/** All checkpoints are from here … */
export const firstKey: Uint8Array = Uint8Array.of(checkpointLetter);
/** … and below here. */
export const pastLastKey: Uint8Array = Uint8Array.of(checkpointLetter + 1);

function keyOf(slot: Slot, bytes: number): Uint8Array<ArrayBuffer> {
  const key = new Uint8Array(bytes);
  key[0] = checkpointLetter;
  new DataView(key.buffer).setBigUint64(1, BigInt(slot));
  return key;
}
