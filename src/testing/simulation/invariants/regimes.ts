import { configurationOf } from '../../../paxos/configuration-codec.ts';
import type { ClusterMember, Slot } from '../../../paxos/record.ts';
import type { NodeId } from '../../../wire/identifiers.ts';
import type { Coverage } from '../coverage.ts';
import { violated } from './violation.ts';

/** Who decides the slots above `slot`, until the next one. */
export interface Regime {
  readonly slot: Slot;
  /** By the indexes of the nodes, as bits. */
  readonly voters: number;
  /** Undefined: those with whom the cluster was born. */
  readonly members: readonly ClusterMember[] | undefined;
  /** The index of the node in whose ballot it was chosen; -1: it was there from the beginning. */
  readonly leader: number;
}

/** The configurations of a cluster, as only someone who sees all disks can know them: each counts from when it is chosen. */
export class Regimes {
  readonly #indexes: ReadonlyMap<NodeId, number>;
  /** So many of the first nodes are members from the beginning. */
  readonly founders: number;
  readonly #coverage: Coverage;
  readonly #regimes: Regime[];
  /** In which slot each ballot has proposed first: those who rule that slot rule the whole ballot. */
  readonly #firstSlots = new Map<number, Slot>();

  constructor(nodeIds: readonly NodeId[], founders: number, coverage: Coverage) {
    this.founders = founders;
    this.#coverage = coverage;
    this.#indexes = new Map(nodeIds.map((nodeId, index) => [nodeId, index]));
    this.#regimes = [{ slot: 0, voters: (1 << founders) - 1, members: undefined, leader: -1 }];
  }

  get newest(): Regime {
    return this.#regimes.at(-1) as Regime;
  }

  of(slot: Slot): Regime {
    return this.#regimes.findLast((regime) => regime.slot < slot) as Regime;
  }

  /** Whether some chosen configuration has named the node with that directory. */
  hasTakenIn(nodeId: NodeId, incarnation: string): boolean {
    return this.#regimes.some(({ members }) => {
      return members?.some((member) => member.nodeId === nodeId && member.incarnation === incarnation) === true;
    });
  }

  onProposed(ballot: number, slot: Slot): void {
    if (!this.#firstSlots.has(ballot)) this.#firstSlots.set(ballot, slot);
  }

  /** A ballot decides only what those rule under whom it was opened. */
  decides(ballot: number, slot: Slot, voters: number): boolean {
    const regime = this.of(slot);
    return this.of(this.#firstSlots.get(ballot) ?? slot) === regime && isQuorum(regime, voters);
  }

  /**
   * `leader`: the index of the node in whose ballot it is chosen. Slots become known to be chosen in any order, but nothing is chosen past
   * a change that is not.
   */
  onChosen(slot: Slot, value: Uint8Array, highestChosen: Slot, leader: number): void {
    const configuration = configurationOf(slot, value);
    if (configuration === undefined) return;
    if (highestChosen > slot) {
      violated('nothing is chosen past a pending change', `slot ${highestChosen} before the members of slot ${slot}`);
    }
    this.#coverage.hit('members changed');
    const before = this.newest;
    let voters = 0;
    for (const { nodeId, standing } of configuration.members) {
      if (standing === 'voter') voters |= 1 << (this.#indexes.get(nodeId) ?? 0);
    }
    if ((voters & ~before.voters) !== 0) this.#coverage.hit('learner promoted');
    if ((voters & (1 << leader)) === 0) this.#coverage.hit('leader removed itself');
    this.#regimes.push({ slot, voters, members: configuration.members, leader });
  }
}

export function isQuorum({ voters }: Regime, present: number): boolean {
  return 2 * bitCount(voters & present) > bitCount(voters);
}

function bitCount(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}
