import type { MemoryDisk } from '../../../storage/memory-journal.ts';
import { claimedCrc } from '../../../storage/record-codec.ts';
import type { RandomStream } from '../prng.ts';
import type { SimulatedDisk } from '../world/disk.ts';

/** Damage to what lies on a disk. True if something was damaged. */
export type Damage = (disk: SimulatedDisk, stream: RandomStream) => boolean;

/** A bit of a record has changed. */
export const flipBit: Damage = ({ image }, stream) => {
  const place = somePlace(image, stream);
  const frame = image.frames.get(place)?.slice();
  if (frame === undefined) return false;
  const at = stream.between(0, frame.length - 1);
  frame[at] = (frame[at] ?? 0) ^ (1 << stream.between(0, 7));
  image.frames.set(place, frame);
  return true;
};

/** A record was cut off. */
export const truncateRecord: Damage = ({ image }, stream) => {
  const place = somePlace(image, stream);
  const frame = image.frames.get(place);
  if (frame === undefined) return false;
  image.frames.set(place, frame.slice(0, stream.between(0, frame.length - 1)));
  return true;
};

/** A record has vanished from the middle, as LevelDB drops what does not match its own checksum. */
export const loseRecord: Damage = ({ image }, stream) => {
  const { frames } = image;
  return frames.size > 1 && frames.delete(stream.between(1, frames.size - 1));
};

/**
 * The newest records have vanished; the witness knows of them, or not. With them goes what had come back in an older form before: as
 * the newest it would look like what was written, and only a witness could tell.
 */
export const loseTail: Damage = ({ image, stale }, stream) => {
  const { frames } = image;
  const { size } = frames;
  if (size === 0) return false;
  cutTo(image, size - stream.between(1, Math.min(size, stream.pick([1, 3, 100]))));
  for (let newest = newestOf(image); newest > 0 && frames.get(newest) === stale.get(newest); newest = newestOf(image)) {
    frames.delete(newest);
  }
  return true;
};

export const exchangeRecords: Damage = ({ image }, stream) => {
  const [one, other] = twoPlaces(image, stream);
  const frame = image.frames.get(one);
  const otherFrame = image.frames.get(other);
  if (frame === undefined || otherFrame === undefined) return false;
  image.frames.set(one, otherFrame);
  image.frames.set(other, frame);
  return true;
};

/** A write, or a read, went to another place than it was meant for. */
export const misdirectRecord: Damage = ({ image }, stream) => {
  const [one, other] = twoPlaces(image, stream);
  const frame = image.frames.get(one);
  if (frame === undefined) return false;
  image.frames.set(other, frame);
  return true;
};

/**
 * In the place of a record is what was being written there when the process crashed, before it was written anew. Of the newest record
 * only the witness could tell: it is left alone if that has not seen it, or may lose sight of it by a crash before the next start.
 */
export const revertRecord: Damage = ({ image, stale, opened }, stream) => {
  const { size } = image.frames;
  const seenUntil = opened ? size - 1 : Math.max(size - 1, image.witness?.sequence ?? 0);
  const places = [...stale.keys()].filter((place) => place <= seenUntil && image.frames.has(place));
  if (places.length === 0) return false;
  const place = stream.chance(0.5) ? Math.max(...places) : stream.pick(places);
  const frame = stale.get(place);
  if (frame === undefined) return false;
  image.frames.set(place, frame);
  return true;
};

/** The database is gone, but not the file beside it. */
export const loseDatabase: Damage = ({ image }) => {
  const lost = image.frames.size > 0;
  image.frames.clear();
  return lost;
};

/** What the directory held when it had so many records is put back, with the witness of that time. */
export function rollBack({ image }: SimulatedDisk, records: number): void {
  cutTo(image, records);
  const last = image.frames.get(records);
  image.witness = last === undefined ? undefined : { sequence: records, crc: claimedCrc(last) };
}

function cutTo({ frames }: MemoryDisk, records: number): void {
  for (const place of [...frames.keys()]) if (place > records) frames.delete(place);
}

function newestOf({ frames }: MemoryDisk): number {
  return Math.max(0, ...frames.keys());
}

/** Rather a new one: the oldest are often behind what a boot still needs. */
function somePlace({ frames }: MemoryDisk, stream: RandomStream): number {
  const { size } = frames;
  return stream.chance(0.5) ? stream.between(1, size) : Math.max(1, size - stream.between(0, 10));
}

function twoPlaces(image: MemoryDisk, stream: RandomStream): readonly [number, number] {
  const one = somePlace(image, stream);
  const next = one > 1 && stream.chance(0.5) ? one - 1 : stream.between(1, image.frames.size);
  return next === one ? [one, one === 1 ? 2 : one - 1] : [one, next];
}
