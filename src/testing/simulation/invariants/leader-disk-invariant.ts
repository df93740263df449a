import type { ReplicaInput } from '../../../replica/input.ts';
import type { Coverage } from '../coverage.ts';
import type { SimulatedNode } from '../world/node.ts';
import { violated } from './violation.ts';

/**
 * A leader that cannot write its own disk within an election timeout makes room for one that can, at its next tick: by its heartbeats
 * alone it would lead for ever and choose hardly anything.
 */
export class LeaderDiskInvariant {
  readonly #electionTimeoutMs: number;
  readonly #coverage: Coverage;
  /** Of the records being written: their number, and when that began by the node's own clock. */
  readonly #writing = new Map<SimulatedNode, { readonly sequence: number; readonly sinceMs: number }>();
  readonly #stuck = new Set<SimulatedNode>();

  constructor(electionTimeoutMs: number, coverage: Coverage) {
    this.#electionTimeoutMs = electionTimeoutMs;
    this.#coverage = coverage;
  }

  /** Before the input has an effect. */
  onStep(node: SimulatedNode, input: ReplicaInput, serving: boolean, nowUs: number): void {
    if (input.type !== 'tick') return;
    this.#stuck.delete(node);
    const writing = this.#writing.get(node);
    if (!serving || writing === undefined || writing.sequence !== node.journal.pending?.sequence) return;
    if (node.clock.monotonicMs(nowUs) > writing.sinceMs + this.#electionTimeoutMs) this.#stuck.add(node);
  }

  onTurnEnd(node: SimulatedNode, serving: boolean, nowUs: number): void {
    if (this.#stuck.delete(node)) {
      if (serving)
        violated(
          'a leader can write its disk',
          `${node.nodeId} leads, and record ${node.journal.pending?.sequence} hangs`,
        );
      this.#coverage.hit('leader with a hung disk stepped down');
    }
    const sequence = node.journal.pending?.sequence;
    if (sequence === undefined) this.#writing.delete(node);
    else if (this.#writing.get(node)?.sequence !== sequence) {
      this.#writing.set(node, { sequence, sinceMs: node.clock.monotonicMs(nowUs) });
    }
  }

  onDown(node: SimulatedNode): void {
    this.#writing.delete(node);
    this.#stuck.delete(node);
  }
}
