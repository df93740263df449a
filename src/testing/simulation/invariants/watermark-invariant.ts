import type { Slot } from '../../../paxos/record.ts';
import type { SimulatedNode } from '../world/node.ts';
import { violated } from './violation.ts';

interface Marks {
  boot: number;
  chosen: Slot;
  applied: Slot;
}

/**
 * 9 and 10. After every turn: applied ≤ known to be chosen ≤ chosen. Neither goes back while the process lives, and it begins no lower
 * than what its disk says.
 */
export class WatermarkInvariant {
  readonly #marks: readonly Marks[];
  readonly #chosenThrough: () => Slot;

  /** `chosenThrough`: as only someone who sees all disks can know it. */
  constructor(nodes: number, chosenThrough: () => Slot) {
    this.#marks = Array.from({ length: nodes }, () => ({ boot: 0, chosen: 0, applied: 0 }));
    this.#chosenThrough = chosenThrough;
  }

  onTurnEnd(node: SimulatedNode, chosen: Slot, applied: Slot): void {
    const marks = this.#marks[node.index];
    if (marks === undefined) throw new RangeError(`no node ${node.index}`);
    if (marks.boot !== node.boots) {
      marks.boot = node.boots;
      marks.chosen = node.journal.last?.chosenThrough ?? 0;
      marks.applied = 0;
    }
    const told = `${node.nodeId}: applied ${applied}, chosen ${chosen}`;
    if (applied > chosen) violated('only chosen values are applied', told);
    if (chosen > this.#chosenThrough()) violated('chosen is chosen', `${told}, but only ${this.#chosenThrough()} is`);
    if (chosen < marks.chosen || applied < marks.applied) {
      violated('watermarks rise', `${told} after ${marks.applied} and ${marks.chosen}`);
    }
    marks.chosen = chosen;
    marks.applied = applied;
  }
}
