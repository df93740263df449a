import { RandomStream } from '../prng.ts';
import { FaultContext, type FaultHost } from './fault-context.ts';
import { type FaultKind, faultActions } from './fault-kinds.ts';
import type { ScheduledFault } from './schedule.ts';

/** Starts the scheduled faults and ends each after a while. They may overlap, and hit any number of nodes at once. */
export class Nemesis {
  readonly #host: FaultHost;
  over = false;
  /** How many have begun, by kind. */
  readonly begun = new Map<FaultKind, number>();

  constructor(host: FaultHost) {
    this.#host = host;
  }

  schedule(faults: readonly ScheduledFault[]): void {
    for (const fault of faults) this.#host.queue.planned(fault.atMs * 1000, () => this.#begin(fault));
  }

  /** No new fault begins; the world is healed by whoever calls this. */
  stop(): void {
    this.over = true;
  }

  #begin({ kind, draw }: ScheduledFault): void {
    if (this.over) return;
    const { trace, queue } = this.#host;
    this.begun.set(kind, (this.begun.get(kind) ?? 0) + 1);
    trace.mark(30, 0, kind.length);
    if (trace.verbose) trace.line(queue.nowUs, `fault: ${kind}`);
    faultActions[kind](new FaultContext(this.#host, new RandomStream(draw), () => this.over));
  }
}
