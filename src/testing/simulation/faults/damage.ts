import type { MemoryDisk } from '../../../storage/memory-journal.ts';
import type { RandomStream } from '../prng.ts';
import type { SimulatedDisk } from '../world/disk.ts';

/** Damage to what lies on a disk. True if something was damaged. */
export type Damage = (disk: SimulatedDisk, stream: RandomStream) => boolean;

/** A bit of a record has changed. */
export const flipBit: Damage = ({ image }, stream) => {
  const place = somePlace(image, stream);
  const frame = image.frames.get(place);
  if (frame === undefined) return false;
  image.frames.set(place, withFlippedBit(frame, stream));
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
  const places = placesOf(image).slice(0, -1);
  return places.length > 0 && image.frames.delete(stream.pick(places));
};

/**
 * The newest records have vanished; the witness knows of them, or not. With them goes what had come back in an older form before: as
 * the newest it would look like what was written, and only a witness could tell.
 */
export const loseTail: Damage = ({ image, stale }, stream) => {
  const { frames } = image;
  const places = placesOf(image);
  if (places.length === 0) return false;
  const lost = stream.between(1, Math.min(places.length, stream.pick([1, 3, 100])));
  for (const place of places.splice(-lost)) frames.delete(place);
  for (let newest = places.pop(); newest !== undefined; newest = places.pop()) {
    if (frames.get(newest) !== stale.get(newest)) break;
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
  const last = image.lastSequence;
  const seenUntil = opened ? last - 1 : Math.max(last - 1, image.witness?.sequence ?? 0);
  const places = placesOf(image).filter((place) => place <= seenUntil && stale.has(place));
  if (places.length === 0) return false;
  const place = stream.chance(0.5) ? Math.max(...places) : stream.pick(places);
  const frame = stale.get(place);
  if (frame === undefined) return false;
  image.frames.set(place, frame);
  return true;
};

/** The database is gone, but not the file beside it. */
export const loseDatabase: Damage = ({ image }) => {
  const lost = image.lastSequence > 0;
  image.frames.clear();
  image.anchor = undefined;
  return lost;
};

/** What stands for the records that were given up. */
export const damageAnchor: Damage = ({ image }, stream) => {
  const { anchor } = image;
  if (anchor === undefined) return false;
  if (stream.chance(0.3)) image.anchor = undefined;
  else image.anchor = { ...anchor, frame: withFlippedBit(anchor.frame, stream) };
  return true;
};

/** The places that count, ascending. */
function placesOf({ frames, anchor }: MemoryDisk): number[] {
  return [...frames.keys()].filter((place) => place > (anchor?.sequence ?? 0)).sort((a, b) => a - b);
}

/** Rather a new one: the oldest are often behind what a boot still needs. */
function somePlace(image: MemoryDisk, stream: RandomStream): number {
  const places = placesOf(image);
  if (places.length === 0) return 0;
  return stream.pick(stream.chance(0.5) ? places : places.slice(-11));
}

function twoPlaces(image: MemoryDisk, stream: RandomStream): readonly [number, number] {
  const one = somePlace(image, stream);
  const next = stream.chance(0.5) ? one - 1 : stream.pick([...placesOf(image), one]);
  if (next !== one && image.frames.has(next)) return [one, next];
  return [one, image.frames.has(one + 1) ? one + 1 : one - 1];
}

export function withFlippedBit(frame: Uint8Array, stream: RandomStream): Uint8Array {
  const flipped = frame.slice();
  const at = stream.between(0, flipped.length - 1);
  flipped[at] = (flipped[at] ?? 0) ^ (1 << stream.between(0, 7));
  return flipped;
}
