import type { AcceptedSlot, JournalRecord, JournalSummary, Slot } from '../paxos/record.ts';
import { assert } from '../wire/assert.ts';
import type { Journal } from './ports.ts';
import { decodeIntact, RecordChain, type WitnessMark } from './record-chain.ts';
import { claimedCrc, encodeRecord } from './record-codec.ts';
import { SlotRange } from './slot-range.ts';
import { fromLevelError, journalDamaged, StorageError } from './storage-error.ts';

/** What outlives the process: the durable records as they would lie on disk. Tests may damage it. */
export class MemoryDisk {
  /** Sequence → frame. */
  readonly frames = new Map<number, Uint8Array>();
  /** What stands for the records that were given up. */
  anchor: { readonly sequence: number; readonly frame: Uint8Array } | undefined;
  witness: WitnessMark | undefined;
  owner: MemoryJournal | undefined;

  /** Of the records, given up ones included; 0: there is none. */
  get lastSequence(): number {
    return Math.max(this.anchor?.sequence ?? 0, ...this.frames.keys());
  }

  /** The same content, for a directory that is rolled back to it later. */
  copy(): MemoryDisk {
    const copy = new MemoryDisk();
    for (const [sequence, frame] of this.frames) copy.frames.set(sequence, frame.slice());
    copy.anchor = this.anchor;
    copy.witness = this.witness;
    return copy;
  }
}

export interface MemoryJournalOptions {
  /** Whether an append becomes durable by itself, in the next microtask, or only by `sync`. Default true. */
  readonly autoSync?: boolean;
}

interface Unsynced {
  readonly record: JournalRecord;
  readonly frame: Uint8Array;
  readonly resolve: () => void;
  readonly reject: (error: StorageError) => void;
}

const location = 'memory';

/**
 * The journal without a disk: the twin of LevelJournal for tests and simulations, one per process and run. Each promise has
 * a synchronous counterpart (`openNow`, `scanNow`, `write` and `sync`, `readSlotsNow`), for a simulated world, in which
 * nothing may wait for the real one's microtasks.
 */
export class MemoryJournal implements Journal {
  readonly #disk: MemoryDisk;
  readonly #autoSync: boolean;
  #chain: RecordChain | undefined;
  #unsynced: Unsynced | undefined;
  #failure: StorageError | undefined;
  #failNext: StorageError | undefined;

  constructor(disk: MemoryDisk, { autoSync = true }: MemoryJournalOptions = {}) {
    this.#disk = disk;
    this.#autoSync = autoSync;
  }

  async open(): Promise<void> {
    this.openNow();
  }

  async *scan(): AsyncGenerator<JournalRecord, void, undefined> {
    yield* this.scanNow();
  }

  async append(record: JournalRecord): Promise<void> {
    const durable = new Promise<void>((resolve, reject) => {
      this.#begin(record, resolve, reject);
    });
    if (this.#autoSync) {
      await Promise.resolve();
      if (this.#unsynced?.record === record) this.sync();
    }
    await durable;
  }

  async readSlots(fromSlot: Slot, toSlot: Slot, maxBytes: number): Promise<readonly AcceptedSlot[]> {
    return this.readSlotsNow(fromSlot, toSlot, maxBytes);
  }

  async trim(throughSlot: Slot, summary: JournalSummary): Promise<void> {
    this.trimNow(throughSlot, summary);
  }

  async close(): Promise<void> {
    if (this.#unsynced !== undefined) this.sync();
    this.#leave();
  }

  openNow(): void {
    if (this.#disk.owner !== undefined) {
      throw new StorageError(
        'DIRECTORY_IN_USE',
        `The journal in ${location} is in use by another journal. Close that one.`,
      );
    }
    this.#disk.owner = this;
  }

  *scanNow(): Generator<JournalRecord, void, undefined> {
    this.#refuseIfUnusable();
    const chain = new RecordChain(location, this.#disk.witness);
    try {
      const { anchor } = this.#disk;
      if (anchor !== undefined) yield chain.verifyAnchor(anchor.sequence, anchor.frame);
      const kept = [...this.#disk.frames.keys()].filter((sequence) => sequence > (anchor?.sequence ?? 0));
      const sequences = kept.sort((a, b) => a - b);
      for (const sequence of sequences) yield chain.verify(sequence, this.#frame(sequence));
      chain.verifyEnd();
    } catch (error) {
      throw this.#failWith(error);
    }
    this.#chain ??= chain;
  }

  /** Begins an append that `sync` ends. */
  write(record: JournalRecord): void {
    this.#begin(
      record,
      () => undefined,
      (error) => {
        throw error;
      },
    );
  }

  /** Makes the append that is under way durable, or lets it fail. */
  sync(): void {
    const unsynced = this.#unsynced;
    assert(unsynced !== undefined, 'an append is under way');
    const { record, frame, resolve, reject } = unsynced;
    this.#unsynced = undefined;
    if (this.#failNext !== undefined) {
      this.#failure = this.#failNext;
      reject(this.#failure);
      return;
    }
    this.#disk.frames.set(record.sequence, frame);
    this.#disk.witness = { sequence: record.sequence, crc: claimedCrc(frame) };
    this.#scanned().extend(record, frame);
    resolve();
  }

  readSlotsNow(fromSlot: Slot, toSlot: Slot, maxBytes: number): readonly AcceptedSlot[] {
    this.#refuseIfUnusable();
    const range = new SlotRange(this.#scanned().index, fromSlot, toSlot, maxBytes);
    try {
      for (let sequence = range.wanted(); sequence !== undefined; sequence = range.wanted()) {
        range.take(decodeIntact(location, sequence, this.#frame(sequence)).record);
      }
    } catch (error) {
      throw this.#failWith(error);
    }
    return range.slots;
  }

  trimNow(throughSlot: Slot, summary: JournalSummary): void {
    this.prepareTrim(throughSlot, summary)();
  }

  /** Which records are given up is known at once; the result gives them up. */
  prepareTrim(throughSlot: Slot, summary: JournalSummary): () => void {
    this.#refuseIfUnusable();
    const last = this.#scanned().lastToTrim(throughSlot);
    return () => {
      if (last !== undefined) this.#trim(last, throughSlot, summary);
    };
  }

  /**
   * The process is killed or the machine loses power: an append that is under way is forgotten, and its promise never
   * settles; or, `kept`, it is found by the next scan although nobody was told. Go on with a new journal on the same disk.
   */
  crash({ kept = false }: { readonly kept?: boolean } = {}): void {
    if (kept && this.#unsynced !== undefined) {
      this.#disk.frames.set(this.#unsynced.record.sequence, this.#unsynced.frame);
    }
    this.#leave();
  }

  /** Lets the next append fail, and with it all that follow. */
  failNextAppend(code: 'DISK_FULL' | 'IO_ERROR'): void {
    const text = code === 'DISK_FULL' ? 'No space left on device' : 'Input/output error';
    this.#failNext = fromLevelError(new Error(text), `append to ${location}`);
  }

  #trim(last: number, throughSlot: Slot, summary: JournalSummary): void {
    this.#refuseIfUnusable();
    const chain = this.#scanned();
    try {
      const lastFrame = this.#frame(last);
      decodeIntact(location, last, lastFrame);
      const frame = encodeRecord({ ...summary, sequence: last, accepted: [] }, claimedCrc(lastFrame));
      this.#disk.anchor = { sequence: last, frame };
    } catch (error) {
      throw this.#failWith(error);
    }
    for (const sequence of this.#disk.frames.keys()) if (sequence <= last) this.#disk.frames.delete(sequence);
    chain.trimmed(last, throughSlot);
  }

  #begin(record: JournalRecord, resolve: () => void, reject: (error: StorageError) => void): void {
    this.#refuseIfUnusable();
    const chain = this.#scanned();
    assert(this.#unsynced === undefined, `record ${record.sequence} is appended while another is`);
    chain.assertNext(record);
    this.#unsynced = { record, frame: encodeRecord(record, chain.lastCrc), resolve, reject };
  }

  #frame(sequence: number): Uint8Array {
    const frame = this.#disk.frames.get(sequence);
    if (frame === undefined) throw journalDamaged(location, `record ${sequence} is missing`);
    return frame;
  }

  #scanned(): RecordChain {
    assert(this.#chain !== undefined, 'a journal is scanned to its end before it is used');
    return this.#chain;
  }

  #refuseIfUnusable(): void {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#disk.owner !== this) throw new StorageError('CLOSED', `The journal in ${location} is not open.`);
  }

  #failWith(error: unknown): unknown {
    if (error instanceof StorageError) this.#failure ??= error;
    return error;
  }

  #leave(): void {
    this.#unsynced = undefined;
    if (this.#disk.owner === this) this.#disk.owner = undefined;
  }
}
