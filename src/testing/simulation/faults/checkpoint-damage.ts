import type { MemoryCheckpointDisk } from '../../../storage/memory-checkpoints.ts';
import type { RandomStream } from '../prng.ts';
import type { SimulatedDisk } from '../world/disk.ts';
import { type Damage, withFlippedBit } from './damage.ts';

/** A bit of a chunk, or of what says that all chunks are there, has changed. */
export const flipCheckpointBit: Damage = (disk, stream) =>
  onSome(disk, stream, (checkpoint) => {
    const place = somePlace(checkpoint, stream);
    if (place === 'manifest') checkpoint.manifest = checkpoint.manifest && withFlippedBit(checkpoint.manifest, stream);
    else checkpoint.chunks.set(place, withFlippedBit(checkpoint.chunks.get(place) ?? new Uint8Array(1), stream));
  });

/** A chunk has vanished, or what says that all chunks are there. */
export const loseCheckpointPart: Damage = (disk, stream) =>
  onSome(disk, stream, (checkpoint) => {
    const place = somePlace(checkpoint, stream);
    if (place === 'manifest') checkpoint.manifest = undefined;
    else checkpoint.chunks.delete(place);
  });

/** A chunk is where another belongs. */
export const misdirectChunk: Damage = (disk, stream) =>
  onSome(disk, stream, ({ chunks }) => {
    const one = stream.between(0, chunks.size - 1);
    const frame = chunks.get(one);
    if (frame !== undefined) chunks.set(one === 0 ? 1 : one - 1, frame);
  });

/** The whole database is gone. */
export const loseCheckpoints: Damage = ({ checkpointImage: { checkpoints } }) => {
  const lost = checkpoints.size > 0;
  checkpoints.clear();
  return lost;
};

type Stored = MemoryCheckpointDisk['checkpoints'] extends Map<number, infer Checkpoint> ? Checkpoint : never;

function onSome(
  { checkpointImage }: SimulatedDisk,
  stream: RandomStream,
  inflict: (checkpoint: Stored) => void,
): boolean {
  const complete = [...checkpointImage.checkpoints.values()].filter(
    ({ manifest, chunks }) => manifest !== undefined && chunks.size > 0,
  );
  if (complete.length === 0) return false;
  inflict(stream.pick(complete));
  return true;
}

function somePlace({ chunks }: Stored, stream: RandomStream): number | 'manifest' {
  return stream.chance(0.3) ? 'manifest' : stream.pick([...chunks.keys()]);
}
