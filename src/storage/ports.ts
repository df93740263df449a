import type { AcceptedSlot, JournalRecord, JournalSummary, Slot } from '../paxos/record.ts';

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
   * Gives up the oldest records: those before the first one that holds the value of a slot above `throughSlot`, but never the newest.
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
