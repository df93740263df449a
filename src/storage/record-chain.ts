import type { JournalRecord, Slot } from '../paxos/record.ts';
import { assert } from '../wire/assert.ts';
import { WireFormatError } from '../wire/protobuf.ts';
import { claimedCrc, decodeRecord, type FramedRecord, isIntact } from './record-codec.ts';
import { SlotIndex } from './slot-index.ts';
import { journalDamaged, newerFormat, type StorageError, textOf } from './storage-error.ts';

/** A record that is known to have been durable. */
export interface WitnessMark {
  readonly sequence: number;
  readonly crc: number;
}

/**
 * The chain of a journal's records: verifies it link by link when it is scanned, and names the links that are appended.
 *
 * LevelDB drops a damaged part of its write-ahead log without a word and goes on with what follows
 * (https://github.com/google/leveldb, db_impl.cc, RecoverLogFile, paranoid_checks off), and does not verify the checksums
 * of its tables when it reads. So nothing that it says is taken on trust. It also means that a record torn by a crash is
 * never seen here: it was not acknowledged, and is simply not there. Whatever is there and does not fit is damage.
 */
export class RecordChain {
  readonly index = new SlotIndex();
  #lastSequence = 0;
  #lastCrc = 0;
  /** Records up to it were given up: an anchor stands for them. */
  #anchoredThrough = 0;
  readonly #location: string;
  readonly #witness: WitnessMark | undefined;

  /** The chain must reach the witness, and go through it. */
  constructor(location: string, witness: WitnessMark | undefined) {
    this.#location = location;
    this.#witness = witness;
  }

  get lastSequence(): number {
    return this.#lastSequence;
  }

  /** The checksum of the newest record; 0 if there is none. */
  get lastCrc(): number {
    return this.#lastCrc;
  }

  /** What stands for the records up to `sequence`, which were given up; before any record. @throws as `verify` */
  verifyAnchor(sequence: number, frame: Uint8Array): JournalRecord {
    assert(this.#lastSequence === 0, 'an anchor comes before any record');
    const { record, previousCrc } = decodeIntact(this.#location, sequence, frame, 'the anchor after record');
    this.#lastSequence = sequence;
    this.#lastCrc = previousCrc;
    this.#anchoredThrough = sequence;
    return record;
  }

  /**
   * The last record that can be given up if no slot above `throughSlot` is to be lost: never the newest, and none before the anchor.
   * Undefined: there is none.
   */
  lastToTrim(throughSlot: Slot): number | undefined {
    const needed = this.index.firstSequenceAbove(throughSlot) ?? this.#lastSequence;
    const last = Math.min(needed, this.#lastSequence) - 1;
    return last > this.#anchoredThrough ? last : undefined;
  }

  /** Those up to `sequence` have been given up. */
  trimmed(sequence: number, throughSlot: Slot): void {
    this.#anchoredThrough = sequence;
    this.index.dropThrough(throughSlot);
  }

  /** The next record found on disk, in the place of `sequence`. @throws StorageError JOURNAL_DAMAGED, NEWER_FORMAT */
  verify(sequence: number, frame: Uint8Array): JournalRecord {
    const expected = this.#lastSequence + 1;
    if (sequence !== expected) {
      const found = `record ${sequence} follows ${expected === 1 ? 'the beginning' : `record ${expected - 1}`}`;
      throw this.#damaged(`record ${expected} is missing (${found})`);
    }
    const { record, previousCrc } = decodeIntact(this.#location, sequence, frame);
    if (previousCrc !== this.#lastCrc) {
      throw this.#damaged(
        `record ${sequence} does not continue the one before it, which is another than it was written after`,
      );
    }
    if (sequence === this.#witness?.sequence && claimedCrc(frame) !== this.#witness.crc) {
      throw this.#damaged(`record ${sequence} is not the one that this node wrote last`);
    }
    this.extend(record, frame);
    return record;
  }

  /** After the last record. @throws StorageError JOURNAL_DAMAGED */
  verifyEnd(): void {
    const missing = this.#lastSequence + 1;
    // The newest record is never given up: when the anchor was written, one that it does not stand for was durable.
    const leftByTrim = this.#anchoredThrough > 0 && this.#lastSequence === this.#anchoredThrough ? missing : 0;
    const written = Math.max(this.#witness?.sequence ?? 0, leftByTrim);
    if (written < missing) return;
    const what = written === missing ? `record ${missing} is` : `records ${missing} to ${written} are`;
    throw this.#damaged(`${what} missing from its end, though record ${written} was written durably`);
  }

  assertNext(record: JournalRecord): void {
    const next = this.#lastSequence + 1;
    assert(record.sequence === next, `record ${record.sequence} is appended where ${next} is next`);
  }

  extend(record: JournalRecord, frame: Uint8Array): void {
    this.#lastSequence = record.sequence;
    this.#lastCrc = claimedCrc(frame);
    this.index.add(record);
  }

  #damaged(problem: string): StorageError {
    return journalDamaged(this.#location, problem);
  }
}

/** Decodes what is stored in the place of record `sequence`. @throws StorageError JOURNAL_DAMAGED, NEWER_FORMAT */
export function decodeIntact(location: string, sequence: number, frame: Uint8Array, what = 'record'): FramedRecord {
  if (!isIntact(frame)) throw journalDamaged(location, `${what} ${sequence} does not match its checksum`);
  let found: FramedRecord;
  try {
    found = decodeRecord(frame);
  } catch (error) {
    if (!(error instanceof WireFormatError)) throw error;
    if (error.code === 'UNSUPPORTED') throw newerFormat(`${what} ${sequence} of the journal in ${location}`, error);
    throw journalDamaged(location, `${what} ${sequence} cannot be decoded (${textOf(error)})`, { cause: error });
  }
  if (found.record.sequence !== sequence) {
    throw journalDamaged(location, `in the place of ${what} ${sequence} is record ${found.record.sequence}`);
  }
  return found;
}
