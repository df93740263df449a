import type { AcceptedSlot, JournalRecord, Slot } from '../paxos/record.ts';
import { type Ballot, compareBallots, formatBallot } from '../wire/ballot.ts';

/** Slots per page: 12 KiB. */
const pageSlots = 1024;

/** What of several values of a slot is the one to be read back. */
export type Standing = Pick<AcceptedSlot, 'ballot' | 'chosen'>;

/** Whether a value that comes later takes the place of an earlier one: a chosen one, then the highest ballot, then the last. */
export function supersedes(later: Standing, earlier: Standing): boolean {
  if (later.chosen !== earlier.chosen) return later.chosen;
  return compareBallots(later.ballot, earlier.ballot) >= 0;
}

/**
 * Where the value of each slot is: slot → sequence of a record. 12 bytes per slot, in pages, so that it neither cares about
 * gaps nor moves what it holds when it grows, and the pages of trimmed slots can simply be dropped.
 */
export class SlotIndex {
  readonly #pages = new Map<number, Page>();
  /** A node sees few ballots; each slot names one by its number. */
  readonly #ballots: Ballot[] = [];
  readonly #ballotNumbers = new Map<string, number>();

  add(record: JournalRecord): void {
    for (const accepted of record.accepted) this.#put(accepted, record.sequence);
  }

  /** The sequence of the record that holds the slot's value; 0 if none does. */
  sequenceOf(slot: Slot): number {
    return this.#pages.get(Math.floor(slot / pageSlots))?.sequences[slot % pageSlots] ?? 0;
  }

  /** The lowest sequence among the records that hold the values of slots above it; undefined if none does. */
  firstSequenceAbove(slot: Slot): number | undefined {
    let first: number | undefined;
    for (const [number, { sequences }] of this.#pages) {
      const from = Math.max(0, slot + 1 - number * pageSlots);
      for (let at = from; at < pageSlots; at++) {
        const sequence = sequences[at] as number;
        if (sequence !== 0 && (first === undefined || sequence < first)) first = sequence;
      }
    }
    return first;
  }

  /** Forgets where the values of slots up to it are. */
  dropThrough(slot: Slot): void {
    for (const [number, { sequences }] of this.#pages) {
      const count = slot + 1 - number * pageSlots;
      if (count >= pageSlots) this.#pages.delete(number);
      else if (count > 0) sequences.fill(0, 0, count);
    }
  }

  #put({ slot, ballot, chosen }: AcceptedSlot, sequence: number): void {
    const page = this.#page(Math.floor(slot / pageSlots));
    const at = slot % pageSlots;
    if (page.sequences[at] !== 0 && !supersedes({ ballot, chosen }, this.#standing(page.standings[at] ?? 0))) return;
    page.sequences[at] = sequence;
    page.standings[at] = this.#ballotNumber(ballot) * 2 + (chosen ? 1 : 0);
  }

  #page(number: number): Page {
    const found = this.#pages.get(number);
    if (found !== undefined) return found;
    const page = { sequences: new Float64Array(pageSlots), standings: new Uint32Array(pageSlots) };
    this.#pages.set(number, page);
    return page;
  }

  #standing(packed: number): Standing {
    return { ballot: this.#ballots[packed >>> 1] as Ballot, chosen: (packed & 1) === 1 };
  }

  #ballotNumber(ballot: Ballot): number {
    const name = formatBallot(ballot);
    const found = this.#ballotNumbers.get(name);
    if (found !== undefined) return found;
    this.#ballotNumbers.set(name, this.#ballots.length);
    return this.#ballots.push(ballot) - 1;
  }
}

interface Page {
  /** 0: no value. */
  readonly sequences: Float64Array;
  /** The ballot's number times two, plus one if the value is chosen. */
  readonly standings: Uint32Array;
}
