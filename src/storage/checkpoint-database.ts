import type { Slot } from '../paxos/record.ts';
import { chunkKey, firstKey, isManifestKey, lastKey, manifestKey, pastLastKey, slotOfKey } from './checkpoint-key.ts';
import type { CheckpointShelf } from './checkpoint-shelf.ts';
import { syncDirectory } from './durable-files.ts';
import { type Bytes, reopenDatabase, syncLogs } from './level-database.ts';
import { checkpointDamaged } from './storage-error.ts';

export type Snapshot = ReturnType<Bytes['snapshot']>;

/** Where no key is. */
const nowhere = Uint8Array.of(0);

/**
 * The steps that a store of checkpoints takes in LevelDB, each of which may be the last one before a crash. All throw what
 * LevelDB and the system throw.
 *
 * Before and after a manifest, and before a deletion, the write buffer is emptied. So every table holds keys of one
 * checkpoint alone, no later one overlaps it, and LevelDB never rewrites a chunk: it writes each twice, to its log and to a
 * table, and the log is mostly gone before it comes to the disk.
 */
export class CheckpointDatabase {
  readonly #location: string;
  readonly #database: Bytes;

  constructor(location: string, database: Bytes) {
    this.#location = location;
    this.#database = database;
  }

  /**
   * Visits the first key of every slot, which is that of its manifest if there is one.
   *
   * @throws StorageError CHECKPOINT_DAMAGED if a damaged table leads LevelDB astray; NEWER_FORMAT
   */
  async takeStock(shelf: CheckpointShelf): Promise<void> {
    let last = -1;
    const iterator = this.#database.iterator({ gte: firstKey, lt: pastLastKey });
    try {
      for (;;) {
        const [entry] = await iterator.nextv(1);
        if (entry === undefined) return;
        const [key, value] = entry;
        const slot = slotOfKey(key);
        if (slot < 0) continue; // none of ours
        if (slot <= last) throw checkpointDamaged(this.#location, `slot ${slot} follows slot ${last}`); // or for ever
        last = slot;
        shelf.found(slot, isManifestKey(key) ? value : undefined);
        iterator.seek(manifestKey(slot + 1));
      }
    } finally {
      await iterator.close();
    }
  }

  /** Not durable before `putManifest`. */
  putChunk(slot: Slot, index: number, frame: Uint8Array): Promise<void> {
    return this.#database.put(chunkKey(slot, index), frame);
  }

  /** Once all chunks are on disk; it is itself when this resolves. */
  async putManifest(slot: Slot, frame: Uint8Array): Promise<void> {
    await this.#flush();
    await syncLogs(this.#location); // should LevelDB not have been able to flush, and in any case the names of the files
    await this.#database.put(manifestKey(slot), frame, { sync: true });
    await syncDirectory(this.#location); // the manifest is the first thing in a new log
    await this.#flush(); // or it would be in one table with what is written next
  }

  /**
   * The manifest goes first, and for good. Un-synced deletions of chunks may be undone by a crash, which leaves something
   * that does not count, and that the next writer drops.
   */
  async drop(slot: Slot): Promise<void> {
    await this.#flush(); // or the deletions would be in one table with chunks of a writer, and overlap all in between
    await this.#database.del(manifestKey(slot), { sync: true });
    await this.#database.clear({ gte: manifestKey(slot), lte: lastKey(slot) });
    // Deletions meet what they delete, and both are gone: LevelDB reads keys, and writes nothing but a few of them.
    await this.#database.compactRange(manifestKey(slot), lastKey(slot));
  }

  async dropRest(shelf: CheckpointShelf): Promise<void> {
    for (const slot of shelf.rest) {
      await this.drop(slot);
      shelf.dropped(slot);
    }
  }

  snapshot(): Snapshot {
    return this.#database.snapshot();
  }

  manifestFrame(slot: Slot, snapshot: Snapshot): Promise<Uint8Array | undefined> {
    return this.#database.get(manifestKey(slot), { snapshot });
  }

  chunkFrame(slot: Slot, index: number, snapshot: Snapshot): Promise<Uint8Array | undefined> {
    return this.#database.get(chunkKey(slot, index), { snapshot });
  }

  /** Tables that were read stay mapped into memory as long as LevelDB is open. Nobody reads or writes meanwhile. */
  async reopen(): Promise<void> {
    await reopenDatabase(this.#database);
    await syncDirectory(this.#location);
  }

  close(): Promise<void> {
    return this.#database.close();
  }

  /** Has LevelDB make a table of its write buffer, and waits for it (db_impl.cc, TEST_CompactMemTable). */
  #flush(): Promise<void> {
    return this.#database.compactRange(nowhere, nowhere);
  }
}
