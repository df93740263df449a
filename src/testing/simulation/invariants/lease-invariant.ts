import type { SimulatedNode } from '../world/node.ts';
import type { BallotNumber } from './chosen-log.ts';
import { violated } from './violation.ts';

/**
 * At most one node at a time, in true time, may act on a lease. After each turn a node says until when, by its own clock, it would
 * act if it heard nothing more; a paused one is held to what it said last.
 */
export class LeaseInvariant {
  readonly #untilUs: Float64Array;
  readonly #ballots: Float64Array;
  readonly #nodes: readonly SimulatedNode[];
  readonly #onOverlap: (detail: string) => void;

  /** `onOverlap`: where the clocks are allowed to make two leases overlap. */
  constructor(
    nodes: readonly SimulatedNode[],
    onOverlap: (detail: string) => void = (detail) => violated('one lease at a time', detail),
  ) {
    this.#nodes = nodes;
    this.#onOverlap = onOverlap;
    this.#untilUs = new Float64Array(nodes.length);
    this.#ballots = new Float64Array(nodes.length);
  }

  /** `untilMs`: on the node's monotonic clock; undefined: it holds no lease. `ballot`: in which it leads. */
  onTurnEnd(node: SimulatedNode, untilMs: number | undefined, nowUs: number, ballot: BallotNumber): void {
    this.#ballots[node.index] = ballot;
    const untilUs = untilMs === undefined ? 0 : node.clock.trueTimeUs(untilMs);
    this.#untilUs[node.index] = untilUs;
    if (untilUs <= nowUs) return;
    for (const other of this.#nodes) {
      const otherUntilUs = this.#untilUs[other.index] ?? 0;
      if (other === node || otherUntilUs <= nowUs) continue;
      this.#onOverlap(`${node.nodeId} until ${untilUs} µs, ${other.nodeId} until ${otherUntilUs} µs`);
    }
  }

  /** A quorum has promised no higher ballot as long as the lease lasts, so in none can anything be chosen. */
  onChosen(ballot: BallotNumber, nowUs: number): void {
    for (const { index, nodeId } of this.#nodes) {
      const untilUs = this.#untilUs[index] ?? 0;
      const leased = this.#ballots[index] ?? 0;
      if (untilUs <= nowUs || leased >= ballot) continue;
      violated(
        'nothing is chosen above a lease',
        `ballot ${ballot}; ${nodeId} has one in ${leased} until ${untilUs} µs`,
      );
    }
  }

  onDown(node: SimulatedNode): void {
    this.#untilUs[node.index] = 0;
  }
}
