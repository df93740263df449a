import type { Paxos } from '../paxos/paxos.ts';
import type { JournalRecord, Slot } from '../paxos/record.ts';
import type { ChosenSlot, LogPage, LogRequest } from '../rpc/inspection-definition.ts';
import type { Journal } from '../storage/ports.ts';

const defaultLimit = 20;
const mostSlots = 256;
/** A page ends once it has so much. */
const pageBytes = 1024 * 1024;

/** Chosen slots, for operators: from the journal what is surely there, and from memory what came after it. */
export class LogReader {
  readonly #paxos: Pick<Paxos, 'chosenThrough' | 'chosenValue' | 'trimmedThrough'>;
  readonly #journal: Pick<Journal, 'readSlots'>;
  /** Of the newest checkpoint: if another node has sent it, what came before was never here. */
  readonly #checkpointSlot: () => Slot;
  /** The journal has the chosen value of every slot up to this one that it has not given up. */
  #journaledThrough: Slot = 0;

  constructor(
    paxos: Pick<Paxos, 'chosenThrough' | 'chosenValue' | 'trimmedThrough'>,
    journal: Pick<Journal, 'readSlots'>,
    checkpointSlot: () => Slot,
  ) {
    this.#paxos = paxos;
    this.#journal = journal;
    this.#checkpointSlot = checkpointSlot;
  }

  /** What a node knows when it boots is what its disk has said. */
  onRestored(): void {
    this.#journaledThrough = this.#paxos.chosenThrough;
  }

  /** The record is durable. */
  onAppended({ chosenThrough }: Pick<JournalRecord, 'chosenThrough'>): void {
    this.#journaledThrough = Math.max(this.#journaledThrough, chosenThrough);
  }

  /** @throws StorageError */
  async read({ fromSlot, limit }: LogRequest): Promise<LogPage> {
    const { chosenThrough, trimmedThrough } = this.#paxos;
    const most = limit === 0 ? defaultLimit : Math.min(limit, mostSlots);
    const oldestSlot = trimmedThrough + 1;
    const first = fromSlot === 0 ? Math.max(oldestSlot, chosenThrough - most + 1) : fromSlot;
    const last = Math.min(first + most - 1, chosenThrough);
    const slots = first < oldestSlot || first > last ? [] : await this.#slots(first, last);
    return { slots, chosenSlot: chosenThrough, oldestSlot };
  }

  async #slots(first: Slot, last: Slot): Promise<readonly ChosenSlot[]> {
    const journaledLast = Math.min(last, Math.max(this.#journaledThrough, this.#checkpointSlot()));
    if (first <= journaledLast) return await this.#journal.readSlots(first, journaledLast, pageBytes);
    const slots: ChosenSlot[] = [];
    let bytes = 0;
    for (let slot = first; slot <= last && bytes < pageBytes; slot++) {
      const value = this.#paxos.chosenValue(slot);
      bytes += value.length;
      slots.push({ slot, value });
    }
    return slots;
  }
}
