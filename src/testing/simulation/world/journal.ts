import type { AcceptedSlot, JournalRecord, Slot } from '../../../paxos/record.ts';
import { violated } from '../invariants/violation.ts';

/**
 * The disk of one node: records that are durable, in order, and the one that is being written. The replica's group commit
 * allows no second one.
 */
export class SimulatedJournal {
  readonly #records: JournalRecord[] = [];
  /** The newest durable entry of each slot. */
  readonly #slots = new Map<Slot, AcceptedSlot>();
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
    this.#records.push(record);
    for (const entry of record.accepted) this.#slots.set(entry.slot, entry);
    return record;
  }

  /** The record being written is lost. */
  discard(): void {
    this.#pending = undefined;
  }

  readSlots(fromSlot: Slot, toSlot: Slot, maxBytes: number): AcceptedSlot[] {
    const found: AcceptedSlot[] = [];
    let bytes = 0;
    for (let slot = fromSlot; slot <= toSlot; slot++) {
      const entry = this.#slots.get(slot);
      if (entry === undefined) break;
      bytes += entry.value.byteLength;
      if (found.length > 0 && bytes > maxBytes) break;
      found.push(entry);
    }
    return found;
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
