import type { Revision } from '../wire/identifiers.ts';
import type { State } from './state.ts';
import { stateChunks } from './state-writer.ts';

/** A state at a slot, whatever the machine does after. */
export interface MachineSnapshot {
  readonly slot: number;
  readonly revision: Revision;
  /** As `Machine.hash`. */
  readonly hash: string;
  /** Each ends with the record that brings it to so many bytes. Lazily: between two, others may do something. */
  readonly chunks: (chunkBytes: number) => IterableIterator<Uint8Array>;
}

export function snapshotOf(origin: State, slot: number): MachineSnapshot {
  const state = origin.clone();
  const { hash } = state;
  return { slot, revision: state.history.revision, hash, chunks: (chunkBytes) => stateChunks(state, chunkBytes) };
}
