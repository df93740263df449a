import { shippedSettings } from '../../../wire/settings.ts';
import type { Coverage } from '../coverage.ts';
import type { EventQueue } from '../world/event-queue.ts';
import type { SimulatedNode } from '../world/node.ts';
import type { SimulatedReplica } from '../world/replica-adapter.ts';

/** From then on the quota is to be this; 0: as it ships. */
export interface ScheduledQuota {
  readonly atMs: number;
  readonly quotaBytes: number;
}

export interface QuotaOperatorHost {
  readonly queue: EventQueue;
  readonly coverage: Coverage;
  readonly nodes: readonly SimulatedNode[];
  replica(node: SimulatedNode): SimulatedReplica | undefined;
}

/** How often somebody looks whether the quota is what it should be. */
const lookUs = 100_000;

/** Sets the quotas of the plan, one after the other, and repeats what was lost with its leader. */
export class QuotaOperator {
  readonly #host: QuotaOperatorHost;
  readonly #plan: readonly ScheduledQuota[];
  #settled: ScheduledQuota | undefined;

  constructor(host: QuotaOperatorHost, plan: readonly ScheduledQuota[]) {
    this.#host = host;
    this.#plan = plan;
  }

  start(): void {
    if (this.#plan.length > 0) this.#look();
  }

  /** From now on this quota, whatever was planned; 0: it is lifted, and what is called must be done. */
  settle(quotaBytes: number): void {
    this.#settled = { atMs: 0, quotaBytes };
  }

  #look(): void {
    const { queue, coverage } = this.#host;
    const { quotaBytes } = this.#wanted();
    // Several may believe that they lead.
    for (const node of this.#host.nodes) {
      const replica = this.#host.replica(node);
      if (replica?.serving !== true) continue;
      const { settings } = replica.machine.governance;
      if (settings.quotaBytes !== quotaBytes) {
        node.give({
          type: 'changeSettings',
          settings: { ...shippedSettings, version: settings.version, quotaBytes },
        });
      } else if (quotaBytes !== 0) coverage.hit('small quota in force');
    }
    queue.after(lookUs, () => this.#look());
  }

  #wanted(): ScheduledQuota {
    const nowMs = this.#host.queue.nowUs / 1000;
    return this.#settled ?? this.#plan.findLast(({ atMs }) => atMs <= nowMs) ?? { atMs: 0, quotaBytes: 0 };
  }
}
