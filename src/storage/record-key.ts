/**
 * Keys of the journal's database: one letter that says what it is, then the sequence in 8 bytes, big-endian, so that byte
 * order is the order of appending. Other letters are free for what is not a record, such as the anchor of a trimmed journal;
 * a scan sees records only.
 */
const recordLetter = 0x72; // r
const sequenceBytes = 8;

export function recordKey(sequence: number): Uint8Array {
  const key = new Uint8Array(1 + sequenceBytes);
  key[0] = recordLetter;
  new DataView(key.buffer).setBigUint64(1, BigInt(sequence));
  return key;
}

/** What no record has if the key is none of ours: -1. */
export function sequenceOfKey(key: Uint8Array): number {
  if (key.length !== 1 + sequenceBytes) return -1;
  return Number(new DataView(key.buffer, key.byteOffset).getBigUint64(1));
}

/** All records are from here … */
export const firstKey = Uint8Array.of(recordLetter);
/** … and below here. */
export const pastLastKey = Uint8Array.of(recordLetter + 1);
