import type { Slot } from '../paxos/record.ts';
import { assert } from '../wire/assert.ts';
import { encodeManifest } from './checkpoint-codec.ts';
import { CheckpointDraft } from './checkpoint-draft.ts';
import type { CheckpointShelf } from './checkpoint-shelf.ts';
import type { MemoryCheckpointDisk } from './memory-checkpoint-disk.ts';
import type { CheckpointManifest, CheckpointWriter } from './ports.ts';
import type { StorageError } from './storage-error.ts';

/** What a call does, step by step; each may be the last one before a crash. */
export type Steps = () => Generator<void, void, undefined>;

/** Told once, when all steps are done or have failed. */
export type Done = (error?: StorageError) => void;

/** What a writer does to its store. */
export interface WrittenMemory {
  readonly shelf: CheckpointShelf;
  readonly disk: MemoryCheckpointDisk;
  /** Begins a call that `sync` ends. */
  start(steps: Steps, done: Done): void;
  /** The promise of what `start` begins. */
  promise(start: (done: Done) => void): Promise<void>;
}

/** What to do if nobody else is told of a failure. */
export const throwFailure: Done = (error) => {
  if (error !== undefined) throw error;
};

/** Each promise has a synchronous counterpart, which the store's `sync` ends. */
export class MemoryCheckpointWriter implements CheckpointWriter {
  readonly #store: WrittenMemory;
  readonly #draft: CheckpointDraft;
  #state: 'new' | 'begun' | 'ended' = 'new';
  #busy = false;

  constructor(store: WrittenMemory, slot: Slot) {
    this.#store = store;
    this.#draft = new CheckpointDraft(slot);
  }

  append(chunk: Uint8Array): Promise<void> {
    return this.#store.promise((done) => this.startAppend(chunk, done));
  }

  finish(manifest: CheckpointManifest): Promise<void> {
    return this.#store.promise((done) => this.startFinish(manifest, done));
  }

  async abandon(): Promise<void> {
    if (this.#state !== 'ended') await this.#store.promise((done) => this.startAbandon(done));
  }

  startAppend(chunk: Uint8Array, done: Done = throwFailure): void {
    this.#assertUsable();
    const { slot, chunks: index } = this.#draft;
    const frame = this.#draft.next(chunk);
    const { disk } = this.#store;
    const prepare = () => this.#prepare();
    this.#start(function* () {
      yield* prepare();
      disk.putChunk(slot, index, frame);
      yield;
    }, done);
  }

  startFinish(manifest: CheckpointManifest, done: Done = throwFailure): void {
    this.#assertUsable();
    const sealed = this.#draft.seal(manifest);
    const { disk, shelf } = this.#store;
    const prepare = () => this.#prepare();
    const end = () => this.#end();
    this.#start(function* () {
      yield* prepare();
      disk.putManifest(manifest.slot, encodeManifest(sealed));
      shelf.finished(sealed);
      end();
      yield;
      yield* dropRest(disk, shelf);
    }, done);
  }

  startAbandon(done: Done = throwFailure): void {
    this.#assertUsable();
    const begun = this.#state === 'begun';
    const { disk, shelf } = this.#store;
    const end = () => this.#end();
    this.#start(function* () {
      end();
      if (begun) yield* dropRest(disk, shelf);
    }, done);
  }

  #assertUsable(): void {
    assert(this.#state !== 'ended', `the writer of slot ${this.#draft.slot} is used after its end`);
    assert(!this.#busy, `the writer of slot ${this.#draft.slot} does one thing at a time`);
  }

  #start(steps: Steps, done: Done): void {
    this.#store.start(steps, (error) => {
      this.#busy = false;
      done(error);
    });
    this.#busy = true;
  }

  *#prepare(): Generator<void, void, undefined> {
    if (this.#state !== 'new') return;
    yield* dropRest(this.#store.disk, this.#store.shelf);
    this.#store.shelf.addRest(this.#draft.slot);
    this.#state = 'begun';
  }

  #end(): void {
    this.#state = 'ended';
    this.#store.shelf.ended();
  }
}

/** The manifest goes first, and for good. */
export function* drop(disk: MemoryCheckpointDisk, slot: Slot): Generator<void, void, undefined> {
  disk.deleteManifest(slot);
  yield;
  disk.deleteChunks(slot);
  yield;
}

function* dropRest(disk: MemoryCheckpointDisk, shelf: CheckpointShelf): Generator<void, void, undefined> {
  for (const slot of shelf.rest) {
    yield* drop(disk, slot);
    shelf.dropped(slot);
  }
}
