import type { PeerMessage } from '../../../replica/messages.ts';
import type { Coverage } from '../coverage.ts';
import type { SimulatedNode } from '../world/node.ts';
import type { Reachability } from '../world/reachability.ts';
import type { BallotNumber } from './chosen-log.ts';

/** Marks what only someone who sees the whole world can tell to have happened. */
export class Sightings {
  readonly #coverage: Coverage;
  readonly #nodes: readonly SimulatedNode[];
  readonly #reachability: () => Reachability;
  /** Who served in the highest ballot so far. */
  #lastLeader: { readonly node: SimulatedNode; readonly ballot: BallotNumber } | undefined;
  /** In which boot the node served at the end of its last turn; 0: in none. */
  readonly #serving: number[] = [];

  constructor(coverage: Coverage, nodes: readonly SimulatedNode[], reachability: () => Reachability) {
    this.#coverage = coverage;
    this.#nodes = nodes;
    this.#reachability = reachability;
  }

  /** Some node cannot be reached by some other. */
  get isPartitioned(): boolean {
    const reachability = this.#reachability();
    return this.#nodes.some((from) => this.#nodes.some((to) => !reachability.open(from.index, to.index)));
  }

  onSend(message: PeerMessage): void {
    if (message.type === 'heartbeat' && message.hashSlot > 0) this.#coverage.hit('state hashes compared by the nodes');
    // Neither alive nor ended: the expiry has been proposed.
    if (message.type === 'relayedKeepAliveAnswer' && message.alive.length + message.ended.length === 0) {
      this.#coverage.hit('keep-alive raced with expiry');
    }
  }

  onTurnEnd(node: SimulatedNode, serves: boolean, ballot: BallotNumber): void {
    const served = this.#serving[node.index] === node.boots;
    this.#serving[node.index] = serves ? node.boots : 0;
    if (served && !serves && this.#isBehindOneWay(node)) {
      this.#coverage.hit('leader behind a one-way partition stepped down');
    }
    const last = this.#lastLeader;
    // One that wakes up and still believes that it leads changes nothing.
    if (!serves || (last !== undefined && ballot <= last.ballot)) return;
    if (last !== undefined && last.node !== node) this.#coverage.hit('leader changed');
    this.#lastLeader = { node, ballot };
  }

  /** It can send to somebody whom it does not hear, or hear somebody who does not hear it. */
  #isBehindOneWay({ index: own }: SimulatedNode): boolean {
    const reachability = this.#reachability();
    return this.#nodes.some(({ index }) => reachability.open(own, index) !== reachability.open(index, own));
  }
}
