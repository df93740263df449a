import type { SimulationConfig } from '../config.ts';
import { RandomStream } from '../prng.ts';
import type { SimulatedNode } from '../world/node.ts';

/**
 * Which nodes may lose what they have durably written: over a whole run, and for ever, because no member can be replaced yet. Within
 * the budget these are as many as can be missing from a quorum, so that every failure is a bug (TigerBeetle's "fault atlas"); they
 * are drawn before the run, and whatever damages a disk damages one of theirs.
 */
export class LossBudget {
  readonly #mayLose: readonly SimulatedNode[];
  readonly #nodes: number;
  readonly #quorum: number;
  readonly #hit = new Set<SimulatedNode>();
  readonly #lacking = new Set<SimulatedNode>();

  constructor({ seed, budget }: SimulationConfig, nodes: readonly SimulatedNode[]) {
    const stream = new RandomStream(seed).fork('fault budget');
    this.#nodes = nodes.length;
    this.#quorum = Math.floor(nodes.length / 2) + 1;
    const count = budget === 'corruption' ? this.#quorum : stream.between(1, this.#nodes - this.#quorum);
    this.#mayLose = stream.shuffled(nodes).slice(0, count);
  }

  /** One of those that may lose something, rather one that has lost nothing yet. */
  pick(stream: RandomStream): SimulatedNode {
    const sound = this.#mayLose.filter((node) => !this.#hit.has(node));
    return stream.pick(sound.length > 0 ? sound : this.#mayLose);
  }

  noteLoss(node: SimulatedNode): void {
    this.#hit.add(node);
  }

  /** A state that its disk held may be gone; what it has promised and accepted since is not. */
  noteStateLoss(node: SimulatedNode): void {
    this.#lacking.add(node);
  }

  /** Whether it can go on by itself: others may have to give back what it held. */
  needsOthers(node: SimulatedNode): boolean {
    return this.#hit.has(node) || this.#lacking.has(node);
  }

  /** So many are hit that the others are no quorum. */
  get exceeded(): boolean {
    return this.#nodes - this.#hit.size < this.#quorum;
  }

  /** Whether something of what it had written has been lost or damaged, noticed or not. */
  hasLost(node: SimulatedNode): boolean {
    return this.#hit.has(node);
  }
}
