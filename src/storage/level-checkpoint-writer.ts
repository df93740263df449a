import type { Slot } from '../paxos/record.ts';
import { assert } from '../wire/assert.ts';
import { encodeManifest, nameOfChunk } from './checkpoint-codec.ts';
import type { CheckpointDatabase } from './checkpoint-database.ts';
import { CheckpointDraft } from './checkpoint-draft.ts';
import type { CheckpointShelf } from './checkpoint-shelf.ts';
import type { CheckpointManifest, CheckpointWriter } from './ports.ts';

/** What a writer does to its store. */
export interface WrittenStore {
  readonly shelf: CheckpointShelf;
  /** Takes the steps while no others are taken. `doing` is a phrase: "write chunk 3". @throws StorageError */
  write(doing: string, steps: (database: CheckpointDatabase) => Promise<void>): Promise<void>;
}

export class LevelCheckpointWriter implements CheckpointWriter {
  readonly #store: WrittenStore;
  readonly #draft: CheckpointDraft;
  #state: 'new' | 'begun' | 'ended' = 'new';
  #busy = false;

  constructor(store: WrittenStore, slot: Slot) {
    this.#store = store;
    this.#draft = new CheckpointDraft(slot);
  }

  append(chunk: Uint8Array): Promise<void> {
    const { slot, chunks } = this.#draft;
    return this.#take(`write ${nameOfChunk(slot, chunks)}`, async (database) => {
      const frame = this.#draft.next(chunk);
      await this.#prepare(database);
      await database.putChunk(slot, chunks, frame);
    });
  }

  finish(manifest: CheckpointManifest): Promise<void> {
    const { slot } = this.#draft;
    return this.#take(`finish the checkpoint of slot ${slot}`, async (database) => {
      const sealed = this.#draft.seal(manifest);
      await this.#prepare(database);
      await database.putManifest(slot, encodeManifest(sealed));
      this.#store.shelf.finished(sealed);
      this.#end();
      await database.dropRest(this.#store.shelf);
    });
  }

  async abandon(): Promise<void> {
    if (this.#state === 'ended') return;
    const begun = this.#state === 'begun';
    await this.#take(`drop the checkpoint of slot ${this.#draft.slot}`, async (database) => {
      this.#end();
      if (begun) await database.dropRest(this.#store.shelf);
    });
  }

  async #take(doing: string, steps: (database: CheckpointDatabase) => Promise<void>): Promise<void> {
    assert(this.#state !== 'ended', `the writer of slot ${this.#draft.slot} is used after its end`);
    assert(!this.#busy, `the writer of slot ${this.#draft.slot} does one thing at a time`);
    this.#busy = true;
    try {
      await this.#store.write(doing, steps);
    } finally {
      this.#busy = false;
    }
  }

  async #prepare(database: CheckpointDatabase): Promise<void> {
    if (this.#state !== 'new') return;
    await database.dropRest(this.#store.shelf);
    this.#store.shelf.addRest(this.#draft.slot);
    this.#state = 'begun';
  }

  #end(): void {
    this.#state = 'ended';
    this.#store.shelf.ended();
  }
}
