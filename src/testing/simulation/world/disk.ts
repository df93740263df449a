import type { AcceptedSlot, JournalRecord, Slot } from '../../../paxos/record.ts';
import type { RandomStream } from '../prng.ts';
import type { EventQueue } from './event-queue.ts';
import { copyRecord, SimulatedJournal } from './journal.ts';

export interface DiskTiming {
  readonly diskUs: number;
  readonly diskJitterUs: number;
}

/** A write that the operating system reported as failed: what is on the disk afterwards is anybody's guess. */
export type FailedWrite = 'lost' | 'kept';

/** One node's disk, with the journal on it: it takes its time, and now and then it fails. */
export class SimulatedDisk {
  readonly journal = new SimulatedJournal();
  /** Multiplies the time of everything that begins from now on. */
  slowness = 1;
  /** The next write that ends fails. */
  failNext: FailedWrite | undefined;
  readonly #timing: DiskTiming;
  readonly #queue: EventQueue;
  readonly #stream: RandomStream;
  #finishWrite: (() => void) | undefined;

  constructor(timing: DiskTiming, queue: EventQueue, stream: RandomStream) {
    this.#timing = timing;
    this.#queue = queue;
    this.#stream = stream;
  }

  /** Calls `written` at the end, unless the record was settled before. */
  write(record: JournalRecord, written: (failure: FailedWrite | undefined) => void): void {
    this.journal.begin(copyRecord(record));
    const pending = this.journal.pending;
    this.#finishWrite = (): void => {
      if (this.journal.pending !== pending) return;
      const failure = this.failNext;
      this.failNext = undefined;
      written(failure);
    };
    this.#queue.after(this.#durationUs(), this.#finishWrite);
  }

  read(fromSlot: Slot, toSlot: Slot, maxBytes: number, done: (slots: AcceptedSlot[]) => void): void {
    this.#queue.after(this.#durationUs(), () => done(this.journal.readSlots(fromSlot, toSlot, maxBytes)));
  }

  /** As fast and as reliable as it was; what hung in it is written soon. */
  heal(): void {
    this.slowness = 1;
    this.failNext = undefined;
    if (this.#finishWrite !== undefined) this.#queue.after(this.#durationUs(), this.#finishWrite);
  }

  #durationUs(): number {
    return (this.#timing.diskUs + this.#stream.exponential(this.#timing.diskJitterUs)) * this.slowness;
  }
}
