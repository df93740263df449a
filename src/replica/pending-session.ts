import { compareNumbers, SortedMap } from '../machine/sorted-map.ts';
import type { Sequence, SessionId } from '../wire/identifiers.ts';
import type { PendingCommand } from './pending-commands.ts';

/** Commands of one session that wait for their slot. Each generation counts its commands by itself. */
export class PendingSession {
  readonly sessionId: SessionId;
  readonly generation: number;
  /** In the order in which they arrived. */
  readonly #commands = new Map<Sequence, PendingCommand>();
  /** Their numbers, from when these are first asked for in their order: most sessions never come into disorder. */
  #sorted: SortedMap<Sequence, true> | undefined;

  constructor(sessionId: SessionId, generation: number) {
    this.sessionId = sessionId;
    this.generation = generation;
  }

  get size(): number {
    return this.#commands.size;
  }

  /** Infinite if there is none. */
  get lowestSequence(): number {
    if (this.#sorted === undefined) {
      this.#sorted = new SortedMap<Sequence, true>(undefined, compareNumbers);
      for (const sequence of this.#commands.keys()) this.#sorted.set(sequence, true);
    }
    return this.#sorted.minKey() ?? Number.POSITIVE_INFINITY;
  }

  /** In the order in which they arrived. */
  commands(): IterableIterator<PendingCommand> {
    return this.#commands.values();
  }

  entries(): IterableIterator<[Sequence, PendingCommand]> {
    return this.#commands.entries();
  }

  find(sequence: Sequence): PendingCommand | undefined {
    return this.#commands.get(sequence);
  }

  add(sequence: Sequence, pending: PendingCommand): void {
    this.#commands.set(sequence, pending);
    this.#sorted?.set(sequence, true);
  }

  remove(sequence: Sequence): void {
    this.#commands.delete(sequence);
    this.#sorted?.delete(sequence);
  }
}
