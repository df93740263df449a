import { mkdir, realpath, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Slot } from '../paxos/record.ts';
import { AssertionFailure, assert } from '../wire/assert.ts';
import { decodeChunk, decodeManifest, encodeManifest, nameOfChunk, type SealedManifest } from './checkpoint-codec.ts';
import { CheckpointDatabase, type Snapshot } from './checkpoint-database.ts';
import { CheckpointShelf } from './checkpoint-shelf.ts';
import { claimedCrc } from './checksummed-frame.ts';
import { DirectoryClaim } from './directory-claim.ts';
import { syncDirectory } from './durable-files.ts';
import { LevelCheckpointWriter } from './level-checkpoint-writer.ts';
import { type DatabaseKind, hasDatabase, openDatabase, tellsOfDamage } from './level-database.ts';
import type { CheckpointManifest, CheckpointStore, CheckpointWriter, DamagedCheckpoint } from './ports.ts';
import { checkpointDamaged, fromLevelError, fromSystemError, StorageError, textOf } from './storage-error.ts';

const mebibyte = 1024 * 1024;

/** For chunks of some 256 kB that are written once, in order, and deleted in one piece. */
const tuning = {
  // How much LevelDB syncs at once, and the size of its tables. All databases of a process share one background thread and mostly one
  // disk: with 16 MiB the journal's own syncs wait three times as long while a checkpoint is written. And each table that was read stays
  // mapped into memory until others have taken its place.
  writeBufferSize: mebibyte,
  // Whatever LevelDB merges, it merges in small portions.
  maxFileSize: mebibyte,
  // A chunk is larger, and has a block of its own.
  blockSize: 64 * 1024,
  // Chunks are read once.
  cacheSize: mebibyte,
  // LevelDB's least: some 64 MiB that are mapped, of pages that the kernel can take back.
  maxOpenFiles: 74,
} as const;

const databaseName = 'checkpoint';

/**
 * Deletes all checkpoints of a data directory: for when LevelDB can no longer open them, or write, because of damage to what
 * is older. Nothing is lost that the other nodes do not have. Not while a store is open; may be called again if interrupted.
 *
 * @throws StorageError DIRECTORY_IN_USE, and what `fromSystemError` makes
 */
export async function discardCheckpoints(directory: string): Promise<void> {
  const location = path.join(directory, databaseName);
  let claim: DirectoryClaim | undefined;
  try {
    claim = DirectoryClaim.take(await realpath(directory), databaseName);
    await rm(location, { recursive: true, force: true });
    await syncDirectory(directory);
  } catch (error) {
    throw fromSystemError(error, `delete the checkpoints in ${location}`);
  } finally {
    claim?.release();
  }
}

/** Of one checkpoint, from a view fixed when it was begun. */
interface Reading {
  readonly database: CheckpointDatabase;
  readonly sealed: SealedManifest;
  readonly snapshot: Snapshot;
}

/** The checkpoints of a data directory, in LevelDB: `checkpoint/` is the database. */
export class LevelCheckpoints implements CheckpointStore {
  readonly #directory: string;
  readonly #location: string;
  readonly #kind: DatabaseKind;
  readonly #shelf: CheckpointShelf;
  #claim: DirectoryClaim | undefined;
  #database: CheckpointDatabase | undefined;
  /** Who reads at the moment. */
  #readers = 0;
  /** While the database is opened anew. */
  #reopening: Promise<void> | undefined;
  /** Resolves when all that is being written, or waits for its turn, has been. */
  #writing: Promise<void> = Promise.resolve();
  #failure: StorageError | undefined;
  #closing: Promise<void> | undefined;

  /** `directory` is the node's data directory. */
  constructor(directory: string, onHanded?: DatabaseKind['onHanded']) {
    const location = path.join(directory, databaseName);
    this.#directory = directory;
    this.#location = location;
    this.#shelf = new CheckpointShelf(location);
    this.#kind = {
      location,
      name: `the checkpoints in ${location}`,
      tuning,
      onHanded,
      damaged: (problem, options) => checkpointDamaged(location, problem, options),
    };
  }

  async open(): Promise<void> {
    assert(this.#claim === undefined && this.#closing === undefined, 'a store of checkpoints is opened once');
    try {
      await mkdir(this.#directory, { recursive: true, mode: 0o700 });
      this.#claim = DirectoryClaim.take(await realpath(this.#directory), databaseName);
      await hasDatabase(this.#kind);
      this.#database = new CheckpointDatabase(this.#location, await openDatabase(this.#kind, this.#claim));
      await this.#takeStock(this.#database);
      await syncDirectory(this.#location);
      await syncDirectory(this.#directory);
    } catch (error) {
      const failure = fromSystemError(error, `open ${this.#kind.name}`);
      this.#failure = failure;
      await this.close().catch(() => undefined); // the first error tells more
      throw failure;
    }
  }

  async list(): Promise<readonly CheckpointManifest[]> {
    this.#usable();
    return this.#shelf.list;
  }

  get damaged(): readonly DamagedCheckpoint[] {
    return this.#shelf.damaged;
  }

  begin(slot: Slot): CheckpointWriter {
    this.#usable();
    this.#shelf.begin(slot);
    return new LevelCheckpointWriter({ shelf: this.#shelf, write: (doing, steps) => this.#write(doing, steps) }, slot);
  }

  async *read(slot: Slot): AsyncGenerator<Uint8Array, void, undefined> {
    const reading = await this.#beginReading(slot);
    try {
      for (let index = 0; index < reading.sealed.manifest.chunks; index++) yield await this.#readChunk(reading, index);
    } finally {
      await this.#endReading(reading);
    }
  }

  async readChunk(slot: Slot, index: number): Promise<Uint8Array> {
    const reading = await this.#beginReading(slot);
    try {
      const { chunks } = reading.sealed.manifest;
      assert(index >= 0 && index < chunks, `${nameOfChunk(slot, index)} is one of ${chunks}`);
      return await this.#readChunk(reading, index);
    } finally {
      await this.#endReading(reading);
    }
  }

  async verify(slot: Slot): Promise<void> {
    const reading = await this.#beginReading(slot);
    try {
      await this.#verifyManifest(reading);
      for (let index = 0; index < reading.sealed.manifest.chunks; index++) await this.#readChunk(reading, index);
    } finally {
      await this.#endReading(reading);
    }
    await this.#reopen();
  }

  remove(slot: Slot): Promise<void> {
    return this.#write(`drop the checkpoint of slot ${slot}`, async (database) => {
      this.#shelf.discard(slot);
      if (!this.#shelf.hasRest(slot)) return;
      await database.drop(slot);
      this.#shelf.dropped(slot);
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #beginReading(slot: Slot): Promise<Reading> {
    while (this.#reopening !== undefined) await this.#reopening;
    const database = this.#usable();
    const reading = { database, sealed: this.#shelf.get(slot), snapshot: database.snapshot() };
    this.#readers += 1;
    return reading;
  }

  async #endReading({ snapshot }: Reading): Promise<void> {
    try {
      await snapshot.close();
    } finally {
      this.#readers -= 1;
    }
  }

  /** Lets go of the memory into which a whole checkpoint was mapped. While somebody reads, the next time will do. */
  #reopen(): Promise<void> {
    return this.#write('open the database again', async (database) => {
      if (this.#readers > 0) return;
      const reopened = database.reopen();
      this.#reopening = reopened.catch(() => undefined); // it is the caller who is told
      try {
        await reopened;
      } finally {
        this.#reopening = undefined;
      }
    });
  }

  async #takeStock(database: CheckpointDatabase): Promise<void> {
    try {
      await database.takeStock(this.#shelf);
    } catch (error) {
      throw this.#readFailure(error, 'a manifest');
    }
  }

  async #readChunk({ database, sealed, snapshot }: Reading, index: number): Promise<Uint8Array> {
    const { slot } = sealed.manifest;
    try {
      const frame = await database.chunkFrame(slot, index, snapshot);
      return decodeChunk(this.#location, sealed, index, frame);
    } catch (error) {
      throw this.#readFailure(error, nameOfChunk(slot, index));
    }
  }

  /** On disk is what is believed to be there. */
  async #verifyManifest({ database, sealed, snapshot }: Reading): Promise<void> {
    const { slot } = sealed.manifest;
    const name = `the manifest of the checkpoint of slot ${slot}`;
    try {
      const frame = await database.manifestFrame(slot, snapshot);
      if (frame === undefined) throw checkpointDamaged(this.#location, `${name} is missing`);
      const found = decodeManifest(this.#location, slot, frame);
      if (found.kind === 'damaged') throw checkpointDamaged(this.#location, found.problem);
      if (claimedCrc(frame) === claimedCrc(encodeManifest(sealed))) return;
      throw checkpointDamaged(this.#location, `${name} is not the one that was there`);
    } catch (error) {
      throw this.#readFailure(error, name);
    }
  }

  /** What to throw when `what` could not be read. It is no failure of the store, which still has the rest. */
  #readFailure(error: unknown, what: string): unknown {
    if (error instanceof StorageError || error instanceof AssertionFailure) return error;
    if (this.#closing !== undefined) return this.#closed();
    if (tellsOfDamage(error)) {
      return checkpointDamaged(this.#location, `${what} cannot be read (${textOf(error)})`, { cause: error });
    }
    return fromLevelError(error, `read ${what} in ${this.#location}`);
  }

  /** Takes its turn. The first failure is the one that is told from then on: LevelDB itself would go on after some. */
  async #write(doing: string, steps: (database: CheckpointDatabase) => Promise<void>): Promise<void> {
    const database = this.#usable();
    const written = this.#writing.then(async () => {
      if (this.#failure !== undefined) throw this.#failure;
      try {
        await steps(database);
      } catch (error) {
        throw this.#writeFailure(error, doing);
      }
    });
    this.#writing = written.catch(() => undefined); // it is the caller who is told
    await written;
  }

  #writeFailure(error: unknown, doing: string): unknown {
    if (error instanceof AssertionFailure) return error;
    if (tellsOfDamage(error)) {
      const problem = `LevelDB has met damage, and refuses to ${doing} (${textOf(error)})`;
      this.#failure ??= checkpointDamaged(this.#location, problem, { cause: error });
    }
    this.#failure ??= fromLevelError(error, `${doing} in ${this.#location}`);
    return this.#failure;
  }

  #usable(): CheckpointDatabase {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#closing !== undefined) throw this.#closed();
    assert(this.#database !== undefined, 'a store of checkpoints is opened before it is used');
    return this.#database;
  }

  #closed(): StorageError {
    return new StorageError('CLOSED', `The store of checkpoints in ${this.#location} was closed.`);
  }

  async #close(): Promise<void> {
    await this.#writing;
    try {
      await this.#database?.close();
    } catch (error) {
      throw fromLevelError(error, `close ${this.#kind.name}`);
    }
    this.#claim?.release();
  }
}
