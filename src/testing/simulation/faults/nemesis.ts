import { RandomStream } from '../prng.ts';
import { FaultContext, type FaultHost } from './fault-context.ts';
import { faultActions } from './fault-kinds.ts';
import type { ScheduledFault } from './schedule.ts';

/** Starts the scheduled faults and ends each after a while. They may overlap, and hit any number of nodes at once. */
export class Nemesis {
  readonly #host: FaultHost;
  over = false;

  constructor(host: FaultHost) {
    this.#host = host;
  }

  start(faults: readonly ScheduledFault[]): void {
    for (const fault of faults) this.#host.queue.at(fault.atMs * 1000, () => this.#begin(fault));
  }

  /** No new fault begins; the world is healed by whoever calls this. */
  stop(): void {
    this.over = true;
  }

  #begin({ kind, draw }: ScheduledFault): void {
    if (this.over) return;
    const { trace, queue } = this.#host;
    trace.mark(30, 0, kind.length);
    if (trace.verbose) trace.line(queue.nowUs, `fault: ${kind}`);
    faultActions[kind](new FaultContext(this.#host, new RandomStream(draw), () => this.over));
  }
}
