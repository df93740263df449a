import type { Slot } from '../paxos/record.ts';

/** What lies on a disk of one checkpoint. */
interface StoredCheckpoint {
  manifest: Uint8Array | undefined;
  /** Index → frame. */
  readonly chunks: Map<number, Uint8Array>;
}

/** What outlives the process: manifests and chunks as they would lie on disk. Tests may damage it. */
export class MemoryCheckpointDisk {
  readonly checkpoints = new Map<Slot, StoredCheckpoint>();
  owner: object | undefined;
  /** What a loss of power undoes, newest last. */
  #unsynced: (() => void)[] = [];

  /** The same content, for a directory that is rolled back to it later. */
  copy(): MemoryCheckpointDisk {
    const copy = new MemoryCheckpointDisk();
    for (const [slot, { manifest, chunks }] of this.checkpoints) {
      const copied = [...chunks].map(([index, frame]) => [index, frame.slice()] as const);
      copy.checkpoints.set(slot, { manifest: manifest?.slice(), chunks: new Map(copied) });
    }
    return copy;
  }

  /** Not synced. */
  putChunk(slot: Slot, index: number, frame: Uint8Array): void {
    const { chunks } = this.#of(slot);
    chunks.set(index, frame);
    this.#unsynced.push(() => chunks.delete(index));
  }

  /** Synced, and with it all that was done before. */
  putManifest(slot: Slot, frame: Uint8Array): void {
    this.#of(slot).manifest = frame;
    this.#unsynced = [];
  }

  /** Synced, and with it all that was done before. */
  deleteManifest(slot: Slot): void {
    this.#of(slot).manifest = undefined;
    this.#unsynced = [];
  }

  /** Not synced. */
  deleteChunks(slot: Slot): void {
    const deleted = this.#of(slot);
    this.checkpoints.delete(slot);
    this.#unsynced.push(() => this.checkpoints.set(slot, deleted));
  }

  /** Whatever was not synced is undone. */
  losePower(): void {
    for (const undo of this.#unsynced.reverse()) undo();
    this.#unsynced = [];
  }

  #of(slot: Slot): StoredCheckpoint {
    const found = this.checkpoints.get(slot);
    if (found !== undefined) return found;
    const made: StoredCheckpoint = { manifest: undefined, chunks: new Map() };
    this.checkpoints.set(slot, made);
    return made;
  }
}
