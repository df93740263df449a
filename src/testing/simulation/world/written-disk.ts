import type { Slot } from '../../../paxos/record.ts';
import { MemoryCheckpointDisk } from '../../../storage/memory-checkpoints.ts';
import type { MemoryDisk } from '../../../storage/memory-journal.ts';
import { claimedCrc, decodeRecord } from '../../../storage/record-codec.ts';
import { equalBytes } from '../../../wire/bytes.ts';
import type { RandomStream } from '../prng.ts';

/** What is on the disk, compared with what was written to it. */
export type DiskCondition =
  | 'whole'
  /** The newest records are missing, and nothing else is. */
  | 'shortened'
  | 'damaged';

/** What stood for records that were given up, with the checkpoints of that time. */
interface Anchored {
  readonly sequence: number;
  readonly frame: Uint8Array;
  readonly checkpoints: MemoryCheckpointDisk;
}

/** All that was ever written to a disk, bytes for bytes, as someone knows who forgets nothing. */
export class WrittenDisk {
  /** By place, less one. */
  readonly #frames: Uint8Array[] = [];
  readonly #anchors: Anchored[] = [];
  /** Given up, and perhaps back after a crash of the machine: that they were deleted is not synced. */
  readonly #deleted = new Map<number, Uint8Array>();
  #coveredThrough: Slot = 0;

  /** A checkpoint or an anchor has ever stood there for the slots up to it. */
  get coveredThrough(): Slot {
    return this.#coveredThrough;
  }

  frame(sequence: number): Uint8Array | undefined {
    return this.#frames[sequence - 1];
  }

  /** A record has become durable. */
  add(sequence: number, { frames }: MemoryDisk): void {
    const frame = frames.get(sequence);
    if (frame === undefined) throw new Error(`record ${sequence} is not on the disk`);
    this.#frames[sequence - 1] = frame;
  }

  covers(slot: Slot): void {
    if (slot > this.#coveredThrough) this.#coveredThrough = slot;
  }

  /** Records were given up: `before` are those that there were. */
  trimmed(
    { anchor, frames }: MemoryDisk,
    before: ReadonlyMap<number, Uint8Array>,
    checkpoints: MemoryCheckpointDisk,
  ): void {
    for (const [sequence, frame] of before) if (!frames.has(sequence)) this.#deleted.set(sequence, frame);
    // One that was made of another record than was written, which had come in its place, leads nowhere: what it stands for is damaged.
    const last = anchor === undefined ? undefined : this.frame(anchor.sequence);
    if (anchor === undefined || last === undefined) return;
    if (decodeRecord(anchor.frame).previousCrc === claimedCrc(last)) this.#anchors.push({ ...anchor, checkpoints });
  }

  condition({ frames, anchor, lastSequence }: MemoryDisk): DiskCondition {
    if (anchor !== undefined && !this.#anchors.some(({ frame }) => equalBytes(frame, anchor.frame))) return 'damaged';
    for (let sequence = (anchor?.sequence ?? 0) + 1; sequence <= lastSequence; sequence++) {
      const frame = frames.get(sequence);
      const written = this.frame(sequence);
      if (frame === undefined || written === undefined) return 'damaged';
      if (frame !== written && !equalBytes(frame, written)) return 'damaged';
    }
    const isNewest = anchor?.sequence === this.#anchors.at(-1)?.sequence;
    return lastSequence === this.#frames.length && isNewest ? 'whole' : 'shortened';
  }

  /** From now on nobody knows better: what is on the disk is all that was ever written. */
  acceptLoss({ anchor, lastSequence }: MemoryDisk): void {
    this.#frames.length = lastSequence;
    while ((this.#anchors.at(-1)?.sequence ?? 0) > (anchor?.sequence ?? 0)) this.#anchors.pop();
  }

  /** Puts back what there was when it had so many records. Returns the checkpoints of that time. */
  rollBack(image: MemoryDisk, records: number): MemoryCheckpointDisk {
    const past = this.#anchors.findLast(({ sequence }) => sequence < records);
    image.anchor = past;
    image.frames.clear();
    for (let sequence = (past?.sequence ?? 0) + 1; sequence <= records; sequence++) {
      const frame = this.frame(sequence);
      if (frame !== undefined) image.frames.set(sequence, frame);
    }
    const last = this.frame(records);
    image.witness = last === undefined ? undefined : { sequence: records, crc: claimedCrc(last) };
    this.#deleted.clear();
    return past?.checkpoints.copy() ?? new MemoryCheckpointDisk();
  }

  /** What lies below an anchor does not count, whether it is there or not. */
  bringBackDeleted({ frames }: MemoryDisk, stream: RandomStream): void {
    for (const [sequence, frame] of this.#deleted) if (stream.chance(0.5)) frames.set(sequence, frame);
    this.#deleted.clear();
  }

  wiped(): void {
    this.#deleted.clear();
  }
}
