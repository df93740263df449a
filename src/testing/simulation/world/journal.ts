import type { AcceptedSlot, JournalRecord, Slot } from '../../../paxos/record.ts';
import { supersedes } from '../../../storage/slot-index.ts';
import { violated } from '../invariants/violation.ts';

/**
 * What a node has written, as someone knows who sees all disks: the records that are durable, in order, and the one that is being
 * written. The replica's group commit allows no second one. What really lies on the disk is told by the disk.
 */
export class SimulatedJournal {
  #records: JournalRecord[] = [];
  /** The durable entry of each slot that would be read back. */
  readonly #slots = new Map<Slot, AcceptedSlot>();
  /** The first record with a value of the slot. */
  readonly #since = new Map<Slot, number>();
  #pending: JournalRecord | undefined;

  get records(): readonly JournalRecord[] {
    return this.#records;
  }

  get last(): JournalRecord | undefined {
    return this.#records.at(-1);
  }

  get pending(): JournalRecord | undefined {
    return this.#pending;
  }

  /** What a replay from the disk would know of the slot. */
  slot(slot: Slot): AcceptedSlot | undefined {
    return this.#slots.get(slot);
  }

  /** Since which record it holds a value of the slot; undefined: it holds none. */
  heldSince(slot: Slot): number | undefined {
    return this.#since.get(slot);
  }

  /** The caller has made a copy: a disk does not change with the memory that it was written from. */
  begin(record: JournalRecord): void {
    if (this.#pending !== undefined)
      violated('one write at a time', `record ${record.sequence} before the last is durable`);
    this.#pending = record;
  }

  /** The record being written is durable. */
  complete(): JournalRecord {
    const record = this.#pending;
    if (record === undefined) throw new Error('no record is being written');
    this.#pending = undefined;
    this.#add(record);
    return record;
  }

  /** The record being written is lost. */
  discard(): void {
    this.#pending = undefined;
  }

  /** Only so many records are left, and the node goes on from there. */
  cut(records: number): void {
    const kept = this.#records.slice(0, records);
    this.#records = [];
    this.#slots.clear();
    this.#since.clear();
    for (const record of kept) this.#add(record);
  }

  #add(record: JournalRecord): void {
    this.#records.push(record);
    for (const entry of record.accepted) {
      const earlier = this.#slots.get(entry.slot);
      if (earlier === undefined) this.#since.set(entry.slot, record.sequence);
      if (earlier === undefined || supersedes(entry, earlier)) this.#slots.set(entry.slot, entry);
    }
  }
}

/** Shares no memory with the replica that made it. */
export function copyRecord(record: JournalRecord): JournalRecord {
  return {
    ...record,
    accepted: record.accepted.map((entry) => ({ ...entry, value: entry.value.slice() })),
    seen: [...record.seen],
  };
}
