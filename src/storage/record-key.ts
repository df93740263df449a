/**
 * Keys of the journal's database: one letter that says what it is, then the sequence in 8 bytes, big-endian, so that byte
 * order is the order of appending.
 */
const anchorLetter = 0x61; // a
const recordLetter = 0x72; // r
const sequenceBytes = 8;

export function recordKey(sequence: number): Uint8Array {
  return keyOf(recordLetter, sequence);
}

/** Of the anchor that stands for all records up to that sequence. */
export function anchorKey(sequence: number): Uint8Array {
  return keyOf(anchorLetter, sequence);
}

function keyOf(letter: number, sequence: number): Uint8Array {
  const key = new Uint8Array(1 + sequenceBytes);
  key[0] = letter;
  new DataView(key.buffer).setBigUint64(1, BigInt(sequence));
  return key;
}

/** What no record has if the key is none of ours: -1. */
export function sequenceOfKey(key: Uint8Array): number {
  if (key.length !== 1 + sequenceBytes) return -1;
  return Number(new DataView(key.buffer, key.byteOffset).getBigUint64(1));
}

/** All anchors are from here … */
export const firstAnchorKey = Uint8Array.of(anchorLetter);
/** … and below here. */
export const pastLastAnchorKey = Uint8Array.of(anchorLetter + 1);

/** All records are from here … */
export const firstKey = Uint8Array.of(recordLetter);
/** … and below here. */
export const pastLastKey = Uint8Array.of(recordLetter + 1);
