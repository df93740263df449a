import type { AcceptedSlot, JournalRecord, Slot } from '../paxos/record.ts';
import { assert } from '../wire/assert.ts';
import { type SlotIndex, supersedes } from './slot-index.ts';

/** What a slot counts besides its value, so that a range of no-ops is bounded too. */
const slotBytes = 64;

/**
 * Gathers the values of a range of slots: `while ((sequence = range.wanted()) !== undefined) range.take(record of that
 * sequence)`, then `slots`.
 */
export class SlotRange {
  readonly slots: AcceptedSlot[] = [];
  readonly #index: SlotIndex;
  #next: Slot;
  readonly #last: Slot;
  #bytesLeft: number;
  #full = false;

  constructor(index: SlotIndex, fromSlot: Slot, toSlot: Slot, maxBytes: number) {
    this.#index = index;
    this.#next = fromSlot;
    this.#last = toSlot;
    this.#bytesLeft = maxBytes;
  }

  /** The sequence of the record to be taken next; undefined: the range is complete. */
  wanted(): number | undefined {
    if (this.#full || this.#next > this.#last) return undefined;
    return this.#index.sequenceOf(this.#next) || undefined;
  }

  take(record: JournalRecord): void {
    const standing = new Map<Slot, AcceptedSlot>();
    for (const accepted of record.accepted) {
      const earlier = standing.get(accepted.slot);
      if (earlier === undefined || supersedes(accepted, earlier)) standing.set(accepted.slot, accepted);
    }
    while (this.wanted() === record.sequence) {
      const slot = standing.get(this.#next);
      assert(slot !== undefined, `record ${record.sequence} holds slot ${this.#next}, as the index says`);
      this.#bytesLeft -= slot.value.length + slotBytes;
      if (this.#bytesLeft < 0 && this.slots.length > 0) this.#full = true;
      else this.slots.push(slot);
      this.#next++;
    }
  }
}
