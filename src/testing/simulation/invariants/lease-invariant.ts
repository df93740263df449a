import type { SimulatedNode } from '../world/node.ts';
import { violated } from './violation.ts';

/**
 * At most one node at a time, in true time, may act on a lease. After each turn a node says until when, by its own clock, it would
 * act if it heard nothing more; a paused one is held to what it said last.
 */
export class LeaseInvariant {
  readonly #untilUs: Float64Array;
  readonly #nodes: readonly SimulatedNode[];

  constructor(nodes: readonly SimulatedNode[]) {
    this.#nodes = nodes;
    this.#untilUs = new Float64Array(nodes.length);
  }

  /** `untilMs`: on the node's monotonic clock; undefined: it holds no lease. */
  onTurnEnd(node: SimulatedNode, untilMs: number | undefined, nowUs: number): void {
    const untilUs = untilMs === undefined ? 0 : node.clock.trueTimeUs(untilMs);
    this.#untilUs[node.index] = untilUs;
    if (untilUs <= nowUs) return;
    for (const other of this.#nodes) {
      const otherUntilUs = this.#untilUs[other.index] ?? 0;
      if (other === node || otherUntilUs <= nowUs) continue;
      violated('one lease at a time', `${node.nodeId} until ${untilUs} µs, ${other.nodeId} until ${otherUntilUs} µs`);
    }
  }

  onDown(node: SimulatedNode): void {
    this.#untilUs[node.index] = 0;
  }
}
