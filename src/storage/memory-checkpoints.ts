import type { Slot } from '../paxos/record.ts';
import { assert } from '../wire/assert.ts';
import { decodeChunk, decodeManifest, nameOfChunk } from './checkpoint-codec.ts';
import { CheckpointShelf } from './checkpoint-shelf.ts';
import type { MemoryCheckpointDisk } from './memory-checkpoint-disk.ts';
import { type Done, drop, MemoryCheckpointWriter, type Steps, throwFailure } from './memory-checkpoint-writer.ts';
import type { CheckpointManifest, CheckpointStore, DamagedCheckpoint } from './ports.ts';
import { checkpointDamaged, fromLevelError, StorageError } from './storage-error.ts';

export { MemoryCheckpointDisk } from './memory-checkpoint-disk.ts';

export interface MemoryCheckpointsOptions {
  /** Whether what is written is done by itself, in the next microtask, or only by `sync`. Default true. */
  readonly autoSync?: boolean;
}

export interface CheckpointCrash {
  /** How many steps of the call under way are found on disk, although nobody was told. Default: none. */
  readonly stepsKept?: number;
  /** Not only the process is gone: chunks that no manifest followed are lost, and the chunks that were deleted last are back. */
  readonly powerLost?: boolean;
}

/** A call that writes: nobody is told before its last step. */
interface Call {
  readonly steps: Steps;
  readonly done: Done;
}

const location = 'memory';

/**
 * Checkpoints without a disk: the twin of LevelCheckpoints for tests and simulations. Each promise has a synchronous
 * counterpart (`openNow`, `listNow`, `readChunkNow`, `verifyNow`, `startRemove`, and those of the writer, which `sync` ends),
 * for a simulated world, in which nothing may wait for the real one's microtasks.
 */
export class MemoryCheckpoints implements CheckpointStore {
  readonly #disk: MemoryCheckpointDisk;
  readonly #autoSync: boolean;
  readonly #shelf = new CheckpointShelf(location);
  /** The first is under way. */
  #calls: Call[] = [];
  #failure: StorageError | undefined;
  #failNext: StorageError | undefined;

  constructor(disk: MemoryCheckpointDisk, { autoSync = true }: MemoryCheckpointsOptions = {}) {
    this.#disk = disk;
    this.#autoSync = autoSync;
  }

  async open(): Promise<void> {
    this.openNow();
  }

  async list(): Promise<readonly CheckpointManifest[]> {
    return this.listNow();
  }

  get damaged(): readonly DamagedCheckpoint[] {
    return this.#shelf.damaged;
  }

  begin(slot: Slot): MemoryCheckpointWriter {
    this.#refuseIfUnusable();
    this.#shelf.begin(slot);
    const store = {
      shelf: this.#shelf,
      disk: this.#disk,
      start: (steps: Steps, done: Done) => this.#start(steps, done),
      promise: (start: (done: Done) => void) => this.#promise(start),
    };
    return new MemoryCheckpointWriter(store, slot);
  }

  async *read(slot: Slot): AsyncGenerator<Uint8Array, void, undefined> {
    this.#refuseIfUnusable();
    const sealed = this.#shelf.get(slot);
    const chunks = new Map(this.#disk.checkpoints.get(slot)?.chunks); // may be removed meanwhile
    for (let index = 0; index < sealed.manifest.chunks; index++) {
      this.#refuseIfUnusable();
      yield decodeChunk(location, sealed, index, chunks.get(index)).slice();
    }
  }

  async readChunk(slot: Slot, index: number): Promise<Uint8Array> {
    return this.readChunkNow(slot, index);
  }

  async verify(slot: Slot): Promise<void> {
    this.verifyNow(slot);
  }

  remove(slot: Slot): Promise<void> {
    return this.#promise((done) => this.startRemove(slot, done));
  }

  async close(): Promise<void> {
    while (this.busy) this.sync();
    this.#leave();
  }

  openNow(): void {
    if (this.#disk.owner !== undefined) {
      throw new StorageError(
        'DIRECTORY_IN_USE',
        `The checkpoints in ${location} are in use by another store. Close that one.`,
      );
    }
    this.#disk.owner = this;
    try {
      for (const [slot, { manifest }] of this.#disk.checkpoints) this.#shelf.found(slot, manifest);
    } catch (error) {
      this.#leave();
      throw error;
    }
  }

  listNow(): readonly CheckpointManifest[] {
    this.#refuseIfUnusable();
    return this.#shelf.list;
  }

  readChunkNow(slot: Slot, index: number): Uint8Array {
    this.#refuseIfUnusable();
    const sealed = this.#shelf.get(slot);
    const { chunks } = sealed.manifest;
    assert(index >= 0 && index < chunks, `${nameOfChunk(slot, index)} is one of ${chunks}`);
    return decodeChunk(location, sealed, index, this.#disk.checkpoints.get(slot)?.chunks.get(index)).slice();
  }

  verifyNow(slot: Slot): void {
    this.#refuseIfUnusable();
    const { manifest } = this.#shelf.get(slot);
    const frame = this.#disk.checkpoints.get(slot)?.manifest;
    if (frame === undefined) {
      throw checkpointDamaged(location, `the manifest of the checkpoint of slot ${slot} is missing`);
    }
    const found = decodeManifest(location, slot, frame);
    if (found.kind === 'damaged') throw checkpointDamaged(location, found.problem);
    for (let index = 0; index < manifest.chunks; index++) this.readChunkNow(slot, index);
  }

  /** Begins a removal that `sync` ends. */
  startRemove(slot: Slot, done: Done = throwFailure): void {
    const shelf = this.#shelf;
    const disk = this.#disk;
    this.#start(function* () {
      shelf.discard(slot);
      if (!shelf.hasRest(slot)) return;
      yield* drop(disk, slot);
      shelf.dropped(slot);
    }, done);
  }

  /** Whether something is being written: `sync` is due. */
  get busy(): boolean {
    return this.#calls.length > 0;
  }

  /** Does the call that is under way, all of it, or lets it fail. */
  sync(): void {
    const call = this.#calls.shift();
    assert(call !== undefined, 'something is being written');
    this.#failure ??= this.#failNext;
    if (this.#failure === undefined) for (const _ of call.steps());
    call.done(this.#failure);
  }

  /**
   * The process is killed: a call that is under way is forgotten, or some of its steps are found
   * on disk, and its promise never settles. Go on with a new store on the same disk.
   */
  crash({ stepsKept = 0, powerLost = false }: CheckpointCrash = {}): void {
    const steps = this.#calls[0]?.steps();
    for (let kept = 0; kept < stepsKept && steps?.next().done === false; kept++);
    if (powerLost) this.#disk.losePower();
    this.#leave();
  }

  /** Lets the next call that writes fail, and with it all that follow. */
  failNextWrite(code: 'DISK_FULL' | 'IO_ERROR'): void {
    const text = code === 'DISK_FULL' ? 'No space left on device' : 'Input/output error';
    this.#failNext = fromLevelError(new Error(text), `write a checkpoint to ${location}`);
  }

  #start(steps: Steps, done: Done): void {
    this.#refuseIfUnusable();
    this.#calls.push({ steps, done });
  }

  async #promise(start: (done: Done) => void): Promise<void> {
    const settled = new Promise<void>((resolve, reject) => {
      start((error) => (error === undefined ? resolve() : reject(error)));
    });
    if (this.#autoSync) {
      await Promise.resolve();
      if (this.busy) this.sync();
    }
    await settled;
  }

  #refuseIfUnusable(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#disk.owner !== this) {
      throw new StorageError('CLOSED', `The store of checkpoints in ${location} is not open.`);
    }
  }

  #leave(): void {
    this.#calls = [];
    if (this.#disk.owner === this) this.#disk.owner = undefined;
  }
}
