import type { AcceptedSlot, JournalRecord, JournalSummary, Slot } from '../paxos/record.ts';
import type { Checkpoint } from '../replica/checkpoint.ts';

/**
 * A node's journal: what it promised and accepted, in the order of its group commits. Opened, scanned to its end, then
 * appended to and read from. One process has it open at a time.
 *
 * Operating errors are StorageErrors; a caller's mistake (a hole in the sequence, two appends at a time, use before the
 * scan) is an AssertionFailure. After any error but one of `open` the journal refuses everything with that same error until
 * it is closed and opened anew: after a failed fsync nothing on that disk may be trusted.
 */
export interface Journal {
  /** @throws StorageError JOURNAL_DAMAGED, DIRECTORY_IN_USE, DISK_FULL, IO_ERROR, and what `fromSystemError` makes */
  open(): Promise<void>;

  /**
   * Every durable record, oldest first, or of a trimmed journal its anchor and then every record since, verified one by one: none is
   * missing, altered, exchanged or, as far as the witness knows, lost from the end. Only a scan that was read to its end counts as one.
   *
   * @throws StorageError JOURNAL_DAMAGED (it names the record), NEWER_FORMAT, IO_ERROR
   */
  scan(): AsyncIterable<JournalRecord>;

  /**
   * Resolves once the record is durable. Its sequence is the last one plus one; one append is under way at a time. If it
   * rejects, the record may or may not be found by the next scan.
   *
   * @throws StorageError DISK_FULL, IO_ERROR, CLOSED
   */
  append(record: JournalRecord): Promise<void>;

  /**
   * The values from `fromSlot` through `toSlot`, ascending, up to the first slot of which none was appended, and at most
   * `maxBytes` in all unless the first alone is longer. Of several values of a slot: a chosen one, then the highest ballot.
   * The values are slices of larger buffers, not to be kept.
   *
   * @throws StorageError JOURNAL_DAMAGED, IO_ERROR, CLOSED
   */
  readSlots(fromSlot: Slot, toSlot: Slot, maxBytes: number): Promise<readonly AcceptedSlot[]>;

  /**
   * Gives up the oldest records: those before the first one that holds the value of a slot above `throughSlot`, but never the newest. Which
   * these are is settled when it is called, so that `summary` can be made from what is known then.
   * `summary` takes their place: a scan begins with it, as a record without slots in the sequence of the last one that was given up. It
   * may say what later records say: promises that are higher, claims that are newer. Resolves once the summary is durable, whether or not
   * the records are gone by then; may go on while records are appended. One at a time.
   *
   * @throws StorageError JOURNAL_DAMAGED, DISK_FULL, IO_ERROR, CLOSED
   */
  trim(throughSlot: Slot, summary: JournalSummary): Promise<void>;

  /** Waits for the append that is under way. May be called more than once. */
  close(): Promise<void>;
}

/** A whole state, as it lies on disk. The hash is not checked here, where nobody knows what a state is. */
export interface CheckpointManifest extends Checkpoint {
  /** Opaque here: membership and settings. At most 1 MiB. */
  readonly header: Uint8Array;
}

/** A checkpoint whose manifest cannot be relied upon; `problem` is a clause. */
export interface DamagedCheckpoint {
  readonly slot: Slot;
  readonly problem: string;
}

/**
 * A node's checkpoints, the two newest of them. One process has it open at a time.
 *
 * Operating errors are StorageErrors; a caller's mistake (two writers, two calls of a writer at a time, a slot that is
 * there already, use before `open`) is an AssertionFailure. After a failed write the store refuses everything with that
 * same error until it is closed and opened anew. What cannot be read concerns that checkpoint alone: the same state is to
 * be had from an older one and the journal, or from a peer.
 *
 * That a whole checkpoint is gone, with an older copy of the directory in its place, cannot be known here: the journal says
 * by which slot it was trimmed.
 */
export interface CheckpointStore {
  /**
   * Finds out what there is, and changes nothing.
   *
   * @throws StorageError CHECKPOINT_DAMAGED if the database itself is damaged: then nothing of it can be used; NEWER_FORMAT,
   * DIRECTORY_IN_USE, DISK_FULL, IO_ERROR, and what `fromSystemError` makes
   */
  open(): Promise<void>;

  /** Those that are complete, newest (highest slot) first: at most two. @throws StorageError CLOSED */
  list(): Promise<readonly CheckpointManifest[]>;

  /** What `open` found with a manifest that is damaged, and `list` therefore leaves out. The next writer drops it. */
  readonly damaged: readonly DamagedCheckpoint[];

  /** One at a time. `slot` is not one of `list()`: `remove` that before. Nothing happens before the writer is used. */
  begin(slot: Slot): CheckpointWriter;

  /**
   * Chunk by chunk, each verified; what is removed meanwhile is read to its end. Chunks are for the caller to keep.
   *
   * @throws StorageError CHECKPOINT_MISSING if it is not complete, CHECKPOINT_DAMAGED (it names slot and chunk), IO_ERROR,
   * CLOSED
   */
  read(slot: Slot): AsyncIterable<Uint8Array>;

  /** One chunk, verified, for the transfer to a peer. `index` is below `chunks`. @throws as `read` */
  readChunk(slot: Slot, index: number): Promise<Uint8Array>;

  /** Reads and verifies the manifest and every chunk: before the journal is trimmed by it. @throws as `read` */
  verify(slot: Slot): Promise<void>;

  /** It does not come back. Does nothing if there is none. @throws StorageError DISK_FULL, IO_ERROR, CLOSED */
  remove(slot: Slot): Promise<void>;

  /** Waits for what is being written; a writer that is not done leaves nothing that counts. May be called more than once. */
  close(): Promise<void>;
}

/**
 * Writes one checkpoint; each call waits for the one before. All throw StorageError DISK_FULL, IO_ERROR, CLOSED, and
 * CHECKPOINT_DAMAGED if LevelDB has met damage that keeps it from writing.
 */
export interface CheckpointWriter {
  /**
   * The next chunk, of at most `maxChunkBytes`, which may be changed once it resolves. Not durable before `finish`. The
   * first call drops whatever does not count: the rest of a writer that never finished, what is damaged or too old.
   */
  append(chunk: Uint8Array): Promise<void>;

  /**
   * Resolves once the whole is durable, and what is not of the two newest has been dropped; this one, too, if it is not. If
   * it rejects, the checkpoint may or may not be found by the next opening.
   */
  finish(manifest: CheckpointManifest): Promise<void>;

  /** Drops what was written. Does nothing after `finish`, or when called again. */
  abandon(): Promise<void>;
}
