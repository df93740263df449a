import type { ClientPrograms } from '../clients/client-programs.ts';
import type { SimulationConfig } from '../config.ts';
import type { Coverage } from '../coverage.ts';
import type { Moments } from '../invariants/moments.ts';
import type { Regimes } from '../invariants/regimes.ts';
import type { RandomStream } from '../prng.ts';
import type { Trace } from '../trace.ts';
import type { ClientTransport } from '../world/client-transport.ts';
import type { EventQueue } from '../world/event-queue.ts';
import type { SimulatedNetwork } from '../world/network.ts';
import type { SimulatedNode } from '../world/node.ts';
import type { Reachability } from '../world/reachability.ts';
import type { LossBudget } from './fault-budget.ts';
import type { Pair } from './partitions.ts';

/** What faults may touch. */
export interface FaultHost {
  readonly config: SimulationConfig;
  readonly queue: EventQueue;
  readonly trace: Trace;
  readonly coverage: Coverage;
  readonly nodes: readonly SimulatedNode[];
  readonly programs: ClientPrograms;
  readonly network: SimulatedNetwork;
  readonly transport: ClientTransport;
  readonly reachability: Reachability;
  readonly lossBudget: LossBudget;
  readonly regimes: Regimes;
  readonly moments: Moments;
  /** Whether every member has joined the cluster, some time ago perhaps. */
  formed(): boolean;
  /** Whoever serves at the moment, by its own word. */
  leader(): SimulatedNode | undefined;
}

/** One fault, begun at this moment. Its stream is its own: what it draws changes nothing for the others. */
export class FaultContext {
  readonly host: FaultHost;
  readonly stream: RandomStream;
  /** Some node, for faults of one node. */
  readonly node: SimulatedNode;
  readonly #isOver: () => boolean;

  constructor(host: FaultHost, stream: RandomStream, isOver: () => boolean) {
    this.host = host;
    this.stream = stream;
    this.node = stream.pick(host.nodes);
    this.#isOver = isOver;
  }

  /** After the duration that faults have in this run. */
  later(run: () => void): void {
    this.after(this.durationUs(), run);
  }

  /** Not any more once the faults are over: then everything has been healed, or is gone for good. */
  after(delayUs: number, run: () => void): void {
    this.host.queue.after(delayUs, () => {
      if (!this.#isOver()) run();
    });
  }

  durationUs(): number {
    return Math.max(1, this.stream.exponential(this.host.config.faultDurationMs)) * 1000;
  }

  block(pairs: readonly Pair[], durationUs: number): void {
    const { reachability } = this.host;
    for (const [from, to] of pairs) reachability.block(from, to);
    this.after(durationUs, () => {
      for (const [from, to] of pairs) reachability.unblock(from, to);
    });
  }
}

/** Begins a fault, and sees to its end. */
export type FaultAction = (fault: FaultContext) => void;
