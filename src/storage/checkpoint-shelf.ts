import type { Slot } from '../paxos/record.ts';
import { keptCheckpoints } from '../replica/checkpoint.ts';
import { assert } from '../wire/assert.ts';
import { decodeManifest, type SealedManifest } from './checkpoint-codec.ts';
import type { CheckpointManifest, DamagedCheckpoint } from './ports.ts';
import { StorageError } from './storage-error.ts';

/**
 * Which checkpoints a store has: those that count, newest first, and the rest, of which there is something on disk that is
 * to be dropped when next something is written. Slots move from the one to the other as they are finished and outlived.
 */
export class CheckpointShelf {
  readonly #location: string;
  /** Newest first, at most `keptCheckpoints`. */
  #kept: SealedManifest[] = [];
  readonly #rest = new Set<Slot>();
  #damaged: DamagedCheckpoint[] = [];
  #writing: Slot | undefined;

  constructor(location: string) {
    this.#location = location;
  }

  /** Something of that slot is on disk: with this frame as its manifest, or without one. @throws StorageError NEWER_FORMAT */
  found(slot: Slot, manifestFrame: Uint8Array | undefined): void {
    this.#rest.add(slot);
    if (manifestFrame === undefined) return;
    const found = decodeManifest(this.#location, slot, manifestFrame);
    if (found.kind === 'intact') this.#keep(found);
    else this.#damaged.push({ slot, problem: found.problem });
  }

  get list(): readonly CheckpointManifest[] {
    return this.#kept.map(({ manifest }) => manifest);
  }

  get damaged(): readonly DamagedCheckpoint[] {
    return this.#damaged;
  }

  /** What is to be dropped, oldest first. */
  get rest(): readonly Slot[] {
    return [...this.#rest].sort((a, b) => a - b);
  }

  /** @throws StorageError CHECKPOINT_MISSING */
  get(slot: Slot): SealedManifest {
    const found = this.#kept.find(({ manifest }) => manifest.slot === slot);
    if (found !== undefined) return found;
    throw new StorageError(
      'CHECKPOINT_MISSING',
      `There is no complete checkpoint of slot ${slot} in ${this.#location}, or none any more. Take one that is listed.`,
    );
  }

  begin(slot: Slot): void {
    assert(Number.isSafeInteger(slot) && slot >= 0, `${slot} is a slot`);
    assert(this.#writing === undefined, `the checkpoint of slot ${slot} is begun while another is written`);
    assert(!this.#isKept(slot), `the checkpoint of slot ${slot} is begun though there is one`);
    this.#writing = slot;
  }

  /** The first chunk of the one that was begun is about to be written. */
  addRest(slot: Slot): void {
    this.#rest.add(slot);
  }

  finished(sealed: SealedManifest): void {
    this.#keep(sealed);
  }

  /** The writer has ended, one way or the other. */
  ended(): void {
    this.#writing = undefined;
  }

  /** It no longer counts. */
  discard(slot: Slot): void {
    assert(slot !== this.#writing, `the checkpoint of slot ${slot} is removed while it is written`);
    if (!this.#isKept(slot)) return;
    this.#kept = this.#kept.filter(({ manifest }) => manifest.slot !== slot);
    this.#rest.add(slot);
  }

  /** Nothing of it is on disk any more. */
  dropped(slot: Slot): void {
    this.#rest.delete(slot);
    this.#damaged = this.#damaged.filter((damaged) => damaged.slot !== slot);
  }

  hasRest(slot: Slot): boolean {
    return this.#rest.has(slot);
  }

  #isKept(slot: Slot): boolean {
    return this.#kept.some(({ manifest }) => manifest.slot === slot);
  }

  #keep(sealed: SealedManifest): void {
    const newestFirst = [...this.#kept, sealed].sort((a, b) => b.manifest.slot - a.manifest.slot);
    this.#kept = newestFirst.slice(0, keptCheckpoints);
    for (const { manifest } of this.#kept) this.#rest.delete(manifest.slot);
    for (const { manifest } of newestFirst.slice(keptCheckpoints)) this.#rest.add(manifest.slot);
  }
}
