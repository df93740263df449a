import { paxosLimits } from '../../../paxos/timing.ts';
import { connectionLimits } from '../../../replica/connections.ts';
import { type Occupancy, replicaLimits } from '../../../replica/limits.ts';
import type { SimulatedNode } from '../world/node.ts';
import { violated } from './violation.ts';

/** How much of what is bounded is in use. */
export interface ResourceUse extends Occupancy {
  readonly openSlots: number;
  readonly openBytes: number;
  /** Of the session with the most. */
  readonly rememberedResults: number;
}

/**
 * What a history may grow by until a compaction has gone through the log. It is proposed first as soon as the bound is passed, so only
 * what has a slot by then comes before it; if it is lost with its leader, the next one may have as much under way before it serves.
 */
const compactionSlackRevisions = 100;
/** An operation that has no slot to itself is shorter, unless the workload says otherwise. */
const operationBytes = 8 * 1024;
const turnsPerLook = 32;

/** 24. Queues and tables stay within their declared limits. They are looked at after every so many turns. */
export class BoundedResources {
  readonly #longestValueBytes: number;
  readonly #unacknowledgedResults: number;
  readonly #calledBytes: number;
  #turns = 0;

  /** `calls`: as many as all clients together may have unanswered. */
  constructor(longestValueBytes: number, unacknowledgedResults: number, calls: number) {
    this.#longestValueBytes = longestValueBytes;
    this.#unacknowledgedResults = unacknowledgedResults;
    this.#calledBytes = 2 * calls * (longestValueBytes + operationBytes);
  }

  onTurnEnd(node: SimulatedNode, read: () => ResourceUse): void {
    this.#turns += 1;
    if (this.#turns % turnsPerLook === 0) this.check(node.nodeId, read());
  }

  check(who: string, used: ResourceUse): void {
    // A new leader proposes again what it adopts, which may be as much as acceptors take; the last slot may be a large one.
    const openBytes = 2 * (paxosLimits.openBytes + replicaLimits.slotBytes + this.#longestValueBytes + operationBytes);
    const limits: Record<keyof ResourceUse, number> = {
      ...replicaLimits,
      // A compaction needs no room.
      queuedOperations: replicaLimits.queuedOperations + 1,
      outputLimitBytes: connectionLimits.outputLimitBytes,
      historyRevisions: replicaLimits.historyRevisions + compactionSlackRevisions,
      historyBytes: replicaLimits.historyBytes + Math.min(openBytes, this.#calledBytes),
      openSlots: paxosLimits.acceptWindowSlots,
      openBytes,
      rememberedResults: this.#unacknowledgedResults,
    };
    for (const name of Object.keys(used) as (keyof ResourceUse)[]) {
      if (used[name] <= limits[name]) continue;
      violated('resources are bounded', `${who}: ${name} is ${used[name]}, more than ${limits[name]}`);
    }
  }
}

/** When everything that was called has been answered, nothing waits any more. Undefined: so it is. */
export function leftBehind({ pendingCommands, pendingReads, queuedOperations }: ResourceUse): string | undefined {
  if (pendingCommands + pendingReads + queuedOperations === 0) return undefined;
  return `${pendingCommands} commands, ${pendingReads} reads, ${queuedOperations} proposals`;
}
