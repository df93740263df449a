import type { Slot } from '../paxos/record.ts';

/** The whole state after a slot, as it lies on a disk or is sent to another node. */
export interface Checkpoint {
  readonly slot: Slot;
  readonly revision: number;
  /** As `Machine.hash`. */
  readonly hash: string;
  /** Numbered from 0. */
  readonly chunks: number;
  /** Of all chunks together. */
  readonly bytes: number;
}

/** Complete checkpoints that a disk keeps: with the older one the journal can still do without the newer. */
export const keptCheckpoints = 2;

/** What one chunk may have at most: it ends with the field that makes it long enough, and the longest is an answer of one frame. */
export const maxChunkBytes = 8 * 1024 * 1024;

export function sameCheckpoint(one: Checkpoint, other: Checkpoint): boolean {
  return one.slot === other.slot && one.hash === other.hash && one.chunks === other.chunks && one.bytes === other.bytes;
}
