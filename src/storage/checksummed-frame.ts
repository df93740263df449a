import { crc32 } from 'node:zlib';

/** What stands before the content of every frame on disk: its CRC-32, big-endian. */
export const checksumBytes = 4;

/** Puts the checksum in its place, once everything behind it has been written. */
export function sealFrame(frame: Uint8Array): Uint8Array {
  new DataView(frame.buffer, frame.byteOffset).setUint32(0, crc32(frame.subarray(checksumBytes)));
  return frame;
}

/** The checksum that the frame claims. */
export function claimedCrc(frame: Uint8Array): number {
  return new DataView(frame.buffer, frame.byteOffset, frame.length).getUint32(0);
}

/** Whether the frame is what was written. */
export function isIntact(frame: Uint8Array): boolean {
  return frame.length > checksumBytes && claimedCrc(frame) === crc32(frame.subarray(checksumBytes));
}
