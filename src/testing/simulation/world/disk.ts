import type { AcceptedSlot, Incarnation, JournalRecord, Slot } from '../../../paxos/record.ts';
import { MemoryDisk, MemoryJournal } from '../../../storage/memory-journal.ts';
import { claimedCrc, encodeRecord } from '../../../storage/record-codec.ts';
import { fromLevelError, StorageError } from '../../../storage/storage-error.ts';
import { AssertionFailure } from '../../../wire/assert.ts';
import { equalBytes } from '../../../wire/bytes.ts';
import { violated } from '../invariants/violation.ts';
import type { RandomStream } from '../prng.ts';
import type { EventQueue } from './event-queue.ts';
import { copyRecord, SimulatedJournal } from './journal.ts';

export interface DiskTiming {
  readonly diskUs: number;
  readonly diskJitterUs: number;
}

/** A write that the operating system reported as failed: what is on the disk afterwards is anybody's guess. */
export type FailedWrite = 'lost' | 'kept';

/** What becomes of a record whose writing a crash interrupts. A torn one is a part of a record: LevelDB passes over it. */
export type InterruptedWrite = 'lost' | 'kept' | 'torn';

export interface WriteOutcome {
  /** The record, if it is on the disk. */
  readonly durable: JournalRecord | undefined;
  /** What the process is told. */
  readonly failure: StorageError['code'] | undefined;
}

/** What is on the disk, compared with what was written to it. */
export type DiskCondition =
  | 'whole'
  /** The newest records are missing, and nothing else is. */
  | 'shortened'
  | 'damaged';

/**
 * One node's data directory. What lies on it are bytes, made, verified and read by the storage code that ships, with the witness that
 * tells how far the journal once was. It takes its time, and now and then it fails.
 */
export class SimulatedDisk {
  /** What was written, as the node was told. */
  readonly journal = new SimulatedJournal();
  /** What lies there. Frames in it are replaced, never changed: the replica holds slices of them. */
  image = new MemoryDisk();
  /** Records whose writing a crash interrupted, by their place: they may still lie somewhere. */
  readonly stale = new Map<number, Uint8Array>();
  incarnation: Incarnation;
  /** Multiplies the time of everything that begins from now on. */
  slowness = 1;
  /** The next write that ends fails. */
  failNext: FailedWrite | undefined;
  /** The next read, of slots or at a start, fails. */
  failNextRead = false;
  /** No space is left. */
  full = false;
  /** What the witness said at the last start. */
  witnessed = 0;
  /** The last write that a crash interrupted left a part of its record. */
  torn = false;
  readonly #timing: DiskTiming;
  readonly #queue: EventQueue;
  readonly #stream: RandomStream;
  /** By place, less one. */
  readonly #written: Uint8Array[] = [];
  #opened: MemoryJournal | undefined;
  /** What takes its time at the moment. */
  readonly #underWay = new Set<() => void>();
  #hangsUntilUs = 0;

  constructor(incarnation: Incarnation, timing: DiskTiming, queue: EventQueue, stream: RandomStream) {
    this.incarnation = incarnation;
    this.#timing = timing;
    this.#queue = queue;
    this.#stream = stream;
  }

  get condition(): DiskCondition {
    const { frames } = this.image;
    for (let at = 0; at < frames.size; at++) {
      const frame = frames.get(at + 1);
      const written = this.#written[at];
      if (frame === undefined || written === undefined) return 'damaged';
      if (frame !== written && !equalBytes(frame, written)) return 'damaged';
    }
    return frames.size < this.#written.length ? 'shortened' : 'whole';
  }

  /** A process uses it. */
  get opened(): boolean {
    return this.#opened !== undefined;
  }

  get hangs(): boolean {
    return this.#queue.nowUs < this.#hangsUntilUs;
  }

  /** As a process does that starts. @throws StorageError */
  open(): readonly JournalRecord[] {
    if (this.#failsToRead()) throw ioError('read record 1');
    if (this.full && this.#stream.chance(0.5)) throw diskFull();
    this.image.owner = undefined;
    this.witnessed = this.image.witness?.sequence ?? 0;
    const journal = new MemoryJournal(this.image);
    journal.openNow();
    const records = [...journal.scanNow()];
    this.#opened = journal;
    this.#noteWitness(records.length);
    this.torn = false;
    return records;
  }

  /** From now on nobody knows better: what is on the disk is all that was ever written. */
  acceptLoss(): void {
    this.#written.length = this.image.frames.size;
    this.journal.cut(this.#written.length);
  }

  /** Calls `written` at the end, unless the record was settled before. */
  write(record: JournalRecord, written: (outcome: WriteOutcome) => void): void {
    this.journal.begin(copyRecord(record));
    const { pending } = this.journal;
    try {
      this.#opened?.write(record);
    } catch (error) {
      if (!(error instanceof AssertionFailure)) throw error;
      violated('no assertion fails', error.message);
    }
    this.#begin(() => {
      if (this.journal.pending === pending) written(this.#finish());
    });
  }

  read(
    fromSlot: Slot,
    toSlot: Slot,
    maxBytes: number,
    done: (found: readonly AcceptedSlot[] | StorageError) => void,
  ): void {
    const opened = this.#opened;
    this.#begin(() => {
      // Of a process that is gone.
      if (opened !== this.#opened) return;
      if (this.#failsToRead()) done(ioError(`read slot ${fromSlot}`));
      else done(this.#readNow(fromSlot, toSlot, maxBytes));
    });
  }

  /** The process is gone; after a crash of the machine so is what was never synced. The record being written, if it is found later. */
  crash(interrupted: InterruptedWrite, ofMachine: boolean): JournalRecord | undefined {
    const { pending } = this.journal;
    let found: JournalRecord | undefined;
    if (pending !== undefined) {
      this.#opened?.crash({ kept: interrupted === 'kept' });
      if (interrupted === 'kept') found = this.#complete();
      else this.#lose(pending);
      this.torn = interrupted === 'torn';
    }
    this.#opened = undefined;
    this.#forgetWitness(ofMachine);
    return found;
  }

  /** Nothing ends before so long. */
  hang(durationUs: number): void {
    this.#hangsUntilUs = Math.max(this.#hangsUntilUs, this.#queue.nowUs + durationUs);
  }

  /** As fast and as reliable as it was; what hung in it is done soon. */
  heal(): void {
    this.slowness = 1;
    this.failNext = undefined;
    this.failNextRead = false;
    this.full = false;
    this.#hangsUntilUs = 0;
    for (const run of this.#underWay) this.#queue.after(this.#durationUs(), run);
  }

  /** The directory is emptied while no process has it open: the next start mints another incarnation. */
  wipe(incarnation: Incarnation): void {
    this.image = new MemoryDisk();
    this.stale.clear();
    this.incarnation = incarnation;
  }

  #begin(end: () => void): void {
    const run = (): void => {
      if (!this.#underWay.has(run)) return;
      if (this.hangs) {
        this.#queue.at(this.#hangsUntilUs + this.#durationUs(), run);
        return;
      }
      this.#underWay.delete(run);
      end();
    };
    this.#underWay.add(run);
    this.#queue.after(this.#durationUs(), run);
  }

  #finish(): WriteOutcome {
    // After a failure the journal takes nothing more until it is opened anew.
    const failed = this.full || this.#opened === undefined ? 'lost' : this.failNext;
    this.failNext = undefined;
    const failure = failed === undefined ? undefined : this.full ? 'DISK_FULL' : 'IO_ERROR';
    if (failed === undefined) {
      this.#opened?.sync();
      return { durable: this.#complete(), failure };
    }
    const { pending } = this.journal;
    this.#opened?.crash({ kept: failed === 'kept' });
    this.#opened = undefined;
    if (failed === 'kept') return { durable: this.#complete(), failure };
    if (pending !== undefined) this.#lose(pending);
    return { durable: undefined, failure };
  }

  #complete(): JournalRecord {
    const record = this.journal.complete();
    const frame = this.image.frames.get(record.sequence);
    if (frame === undefined) throw new Error(`record ${record.sequence} is not on the disk`);
    this.#written[record.sequence - 1] = frame;
    return record;
  }

  #lose(pending: JournalRecord): void {
    const before = this.#written[pending.sequence - 2];
    this.stale.set(pending.sequence, encodeRecord(pending, before === undefined ? 0 : claimedCrc(before)));
    this.journal.discard();
  }

  #readNow(fromSlot: Slot, toSlot: Slot, maxBytes: number): readonly AcceptedSlot[] | StorageError {
    if (this.#opened === undefined) return ioError(`read slot ${fromSlot}`);
    try {
      return this.#opened.readSlotsNow(fromSlot, toSlot, maxBytes);
    } catch (error) {
      if (error instanceof StorageError) return error;
      throw error;
    }
  }

  #failsToRead(): boolean {
    const fails = this.failNextRead;
    this.failNextRead = false;
    return fails;
  }

  /** It is overwritten after each record, but never synced: after a crash of the machine it may say anything that it once said. */
  #forgetWitness(ofMachine: boolean): void {
    const { witness } = this.image;
    if (witness === undefined) return;
    if (ofMachine) {
      const kept = this.#stream.between(0, 2);
      if (kept === 0) this.image.witness = undefined;
      if (kept === 1) this.#noteWitness(this.#stream.between(1, witness.sequence));
    } else if (this.#stream.chance(0.2)) {
      this.#noteWitness(witness.sequence - 1);
    }
  }

  #noteWitness(sequence: number): void {
    const frame = this.#written[sequence - 1];
    if (frame !== undefined) this.image.witness = { sequence, crc: claimedCrc(frame) };
  }

  #durationUs(): number {
    return (this.#timing.diskUs + this.#stream.exponential(this.#timing.diskJitterUs)) * this.slowness;
  }
}

function ioError(doing: string): StorageError {
  return fromLevelError(new Error('Input/output error'), doing);
}

function diskFull(): StorageError {
  return fromLevelError(new Error('No space left on device'), 'open the journal');
}
