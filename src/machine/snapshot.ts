import { assert } from '../wire/assert.ts';
import type { Revision } from '../wire/identifiers.ts';
import type { State } from './state.ts';
import { stateChunks } from './state-writer.ts';

/** A state at a slot, whatever the machine does after. */
export interface MachineSnapshot {
  readonly slot: number;
  readonly revision: Revision;
  /** As `Machine.hash`. */
  readonly hash: string;
  /** Each ends with the record that brings it to so many bytes. Lazily: between two, others may do something. Not after `release`. */
  readonly chunks: (chunkBytes: number) => IterableIterator<Uint8Array>;
  /** Once nobody reads it any more. Until then no memory of the machine is used again that the snapshot shares with it. */
  readonly release: () => void;
}

export function snapshotOf(origin: State, slot: number): MachineSnapshot {
  const state = origin.share();
  const { hash } = state;
  let released = false;
  return {
    slot,
    revision: state.history.revision,
    hash,
    *chunks(chunkBytes) {
      const assertHeld = (): void => assert(!released, 'a snapshot is read before it is released');
      assertHeld();
      for (const chunk of stateChunks(state, chunkBytes)) {
        yield chunk;
        assertHeld();
      }
    },
    release() {
      if (released) return;
      released = true;
      state.release();
    },
  };
}
