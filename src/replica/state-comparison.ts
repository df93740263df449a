import type { Machine } from '../machine/machine.ts';
import type { PaxosEffect } from '../paxos/effects.ts';
import type { Paxos } from '../paxos/paxos.ts';
import type { Slot } from '../paxos/record.ts';
import { replicaLimits } from './limits.ts';

/** After which slots the own state is compared with those of the others: rules that bring all nodes to the same ones. */
export class StateComparison {
  readonly #machine: Machine;
  readonly #paxos: Paxos;
  /** The last one applied, and since when. */
  #slot: Slot = 0;
  #sinceMs = 0;
  #reported: Slot = 0;

  constructor(machine: Machine, paxos: Paxos) {
    this.#machine = machine;
    this.#paxos = paxos;
  }

  onApplied(slot: Slot, effects: PaxosEffect[]): void {
    if (slot % replicaLimits.hashEverySlots === 0) this.#report(slot, effects);
  }

  /** Where nothing is written all nodes come to rest at one slot. */
  onTick(nowMs: number, effects: PaxosEffect[]): void {
    const slot = this.#machine.appliedSlot;
    if (slot !== this.#slot) {
      this.#slot = slot;
      this.#sinceMs = nowMs;
    } else if (slot > this.#reported && nowMs >= this.#sinceMs + replicaLimits.hashAfterIdleMs) {
      this.#report(slot, effects);
    }
  }

  #report(slot: Slot, effects: PaxosEffect[]): void {
    this.#reported = slot;
    this.#paxos.reportHash(slot, this.#machine.hash, effects);
  }
}
