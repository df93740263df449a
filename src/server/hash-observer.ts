import { setTimeout as delay } from 'node:timers/promises';
import type { Machine } from '../machine/machine.ts';
import type { SlotHash, StateHashesAnswer } from '../rpc/inspection-definition.ts';

const longestMs = 1_000;
const mostHashes = 4_096;

/**
 * Looks at the hash of the state at the end of each turn, as long as somebody wants to know: on two nodes that apply the same log,
 * some of the slots are the same.
 */
export class HashObserver {
  readonly #machine: Pick<Machine, 'appliedSlot' | 'hash'>;
  readonly #observations = new Set<SlotHash[]>();

  constructor(machine: Pick<Machine, 'appliedSlot' | 'hash'>) {
    this.#machine = machine;
  }

  onTurn(): void {
    if (this.#observations.size === 0) return;
    for (const seen of this.#observations) this.#look(seen);
  }

  async observe(durationMs: number): Promise<StateHashesAnswer> {
    const seen: SlotHash[] = [];
    this.#look(seen);
    this.#observations.add(seen);
    try {
      await delay(Math.min(durationMs, longestMs));
    } finally {
      this.#observations.delete(seen);
    }
    return { hashes: seen };
  }

  #look(seen: SlotHash[]): void {
    const { appliedSlot: slot, hash } = this.#machine;
    if (seen.at(-1)?.slot === slot) return;
    seen.push({ slot, hash });
    if (seen.length > mostHashes) seen.shift();
  }
}
