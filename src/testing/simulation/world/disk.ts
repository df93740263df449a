import type { AcceptedSlot, Incarnation, JournalRecord, JournalSummary, Slot } from '../../../paxos/record.ts';
import { MemoryCheckpointDisk, MemoryCheckpoints } from '../../../storage/memory-checkpoints.ts';
import { MemoryDisk, MemoryJournal } from '../../../storage/memory-journal.ts';
import { claimedCrc, encodeRecord } from '../../../storage/record-codec.ts';
import { fromLevelError, StorageError } from '../../../storage/storage-error.ts';
import { AssertionFailure } from '../../../wire/assert.ts';
import { violated } from '../invariants/violation.ts';
import type { RandomStream } from '../prng.ts';
import { DiskTime, type DiskTiming } from './disk-time.ts';
import type { EventQueue } from './event-queue.ts';
import { copyRecord, SimulatedJournal } from './journal.ts';
import { type DiskCondition, WrittenDisk } from './written-disk.ts';

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

/**
 * One node's data directory. What lies on it are bytes, made, verified and read by the storage code that ships, with the witness that
 * tells how far the journal once was. It takes its time, and now and then it fails.
 */
export class SimulatedDisk {
  /** What was written, as the node was told. */
  readonly journal = new SimulatedJournal();
  /** What lies there. Frames in it are replaced, never changed: the replica holds slices of them. */
  image = new MemoryDisk();
  /** Whole states, beside the journal. */
  checkpointImage = new MemoryCheckpointDisk();
  /** Something of them was lost or falsified, at some time. */
  checkpointsDamaged = false;
  /** Records whose writing a crash interrupted, by their place: they may still lie somewhere. */
  readonly stale = new Map<number, Uint8Array>();
  incarnation: Incarnation;
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
  readonly time: DiskTime;
  readonly #stream: RandomStream;
  readonly #written = new WrittenDisk();
  #opened: MemoryJournal | undefined;
  #checkpoints: MemoryCheckpoints | undefined;
  constructor(incarnation: Incarnation, timing: DiskTiming, queue: EventQueue, stream: RandomStream) {
    this.incarnation = incarnation;
    this.time = new DiskTime(timing, queue, stream);
    this.#stream = stream;
  }

  get condition(): DiskCondition {
    return this.#written.condition(this.image);
  }

  /** A checkpoint or an anchor has ever stood here for the slots up to it. */
  get coveredThrough(): Slot {
    return this.#written.coveredThrough;
  }

  /** A process uses it. */
  get opened(): boolean {
    return this.#opened !== undefined;
  }

  /** As a process does that starts. @throws StorageError */
  open(): { readonly records: readonly JournalRecord[]; readonly checkpoints: MemoryCheckpoints } {
    if (this.#failsToRead()) throw ioError('read record 1');
    if (this.full && this.#stream.chance(0.5)) throw diskFull();
    this.image.owner = undefined;
    this.witnessed = this.image.witness?.sequence ?? 0;
    const journal = new MemoryJournal(this.image);
    journal.openNow();
    const records = [...journal.scanNow()];
    this.#opened = journal;
    this.#noteWitness(this.image.lastSequence);
    this.torn = false;
    this.checkpointImage.owner = undefined;
    const checkpoints = new MemoryCheckpoints(this.checkpointImage, { autoSync: false });
    checkpoints.openNow();
    this.#checkpoints = checkpoints;
    return { records, checkpoints };
  }

  /** From now on nobody knows better: what is on the disk is all that was ever written. */
  acceptLoss(): void {
    this.#written.acceptLoss(this.image);
    this.journal.cut(this.image.lastSequence);
  }

  /** What the directory held when it had so many records is put back. */
  rollBack(records: number): void {
    this.checkpointImage = this.#written.rollBack(this.image, records);
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
    this.time.take(() => {
      if (this.journal.pending === pending) written(this.#finish());
    });
  }

  /** Gives up records, at the end of its time. */
  trim(throughSlot: Slot, summary: JournalSummary, ended: (error?: StorageError) => void): void {
    const opened = this.#opened;
    const trim = opened?.prepareTrim(throughSlot, summary);
    this.time.take(() => {
      if (trim === undefined || opened !== this.#opened) return;
      const before = new Map(this.image.frames);
      try {
        trim();
      } catch (error) {
        if (!(error instanceof StorageError)) throw error;
        ended(error);
        return;
      }
      this.#written.trimmed(this.image, before, this.checkpointImage.copy());
      this.#written.covers(throughSlot);
      ended();
    });
  }

  /** A call of the store of checkpoints, which ends after its time. One at a time. */
  call(
    store: MemoryCheckpoints,
    start: (ended: (error?: StorageError) => void) => void,
    ended: (error?: StorageError) => void,
  ): void {
    try {
      start((error) => {
        for (const { slot } of error === undefined ? store.listNow() : []) this.#written.covers(slot);
        ended(error);
      });
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      ended(error);
      return;
    }
    this.time.take(() => {
      if (store !== this.#checkpoints) return;
      if (this.full) store.failNextWrite('DISK_FULL');
      else if (this.failNext !== undefined) store.failNextWrite('IO_ERROR');
      this.failNext = undefined;
      store.sync();
    });
  }

  read(
    fromSlot: Slot,
    toSlot: Slot,
    maxBytes: number,
    done: (found: readonly AcceptedSlot[] | StorageError) => void,
  ): void {
    const opened = this.#opened;
    this.time.take(() => {
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
    this.#crashCheckpoints(ofMachine);
    this.#forgetWitness(ofMachine);
    if (ofMachine && this.#stream.chance(0.3)) this.#written.bringBackDeleted(this.image, this.#stream);
    return found;
  }

  /** As fast and as reliable as it was; what hung in it is done soon. */
  heal(): void {
    this.failNext = undefined;
    this.failNextRead = false;
    this.full = false;
    this.time.heal();
  }

  /** The directory is emptied while no process has it open: the next start mints another incarnation. */
  wipe(incarnation: Incarnation): void {
    this.image = new MemoryDisk();
    this.checkpointImage = new MemoryCheckpointDisk();
    this.#written.wiped();
    this.stale.clear();
    this.incarnation = incarnation;
  }

  #crashCheckpoints(ofMachine: boolean): void {
    this.#checkpoints?.crash({ stepsKept: this.#stream.between(0, 3), powerLost: ofMachine });
    this.#checkpoints = undefined;
    for (const [slot, { manifest }] of this.checkpointImage.checkpoints) {
      if (manifest !== undefined) this.#written.covers(slot);
    }
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
    this.#written.add(record.sequence, this.image);
    return record;
  }

  #lose(pending: JournalRecord): void {
    const before = this.#written.frame(pending.sequence - 1);
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
    const frame = this.#written.frame(sequence);
    if (frame !== undefined) this.image.witness = { sequence, crc: claimedCrc(frame) };
  }
}

function ioError(doing: string): StorageError {
  return fromLevelError(new Error('Input/output error'), doing);
}

function diskFull(): StorageError {
  return fromLevelError(new Error('No space left on device'), 'open the journal');
}
