import type { Governance } from '../../../machine/settings.ts';
import type { Slot } from '../../../paxos/record.ts';
import type { ResidentParts } from '../../checkers/reference-quota.ts';
import type { Coverage } from '../coverage.ts';
import { violated } from './violation.ts';

/** What the model says of a slot. */
export interface ModelledSize {
  readonly resident: ResidentParts;
  readonly quotaBytes: number;
}

/**
 * 34. The state counts itself as the model does, part by part, and what is kept does not grow past the quota: whatever is above it has
 * come about under a larger one.
 */
export class QuotaInvariant {
  readonly #coverage: Coverage;
  /** The last one of which growth was looked at, with what was in force and kept after it. */
  #slot: Slot = 0;
  #quotaBytes = Number.POSITIVE_INFINITY;
  #keptBytes = 0;

  constructor(coverage: Coverage) {
    this.#coverage = coverage;
  }

  check(nodeId: string, slot: Slot, { residentBytes, quotaBytes }: Governance, modelled: ModelledSize): void {
    const { kept, sessions, results, history } = residentBytes;
    const { resident: model } = modelled;
    const at = `${nodeId}, slot ${slot}`;
    if (quotaBytes !== modelled.quotaBytes) {
      violated('one quota for all', `${at}: ${quotaBytes}, not ${modelled.quotaBytes}`);
    }
    const parts: readonly (readonly [number, number])[] = [
      [kept, model.kept],
      [sessions, model.sessions],
      [results, model.results],
      [history, model.history],
    ];
    if (parts.some(([counted, expected]) => counted !== expected)) {
      const text = parts.map(([counted, expected]) => `${counted} for ${expected}`).join(', ');
      violated('the state knows its size', `${at}: kept, sessions, results, history: ${text}`);
    }
    if (slot <= this.#slot) return;
    const allowed = Math.max(quotaBytes, this.#quotaBytes, this.#keptBytes);
    if (kept > allowed) violated('nothing grows past the quota', `${at}: ${kept} bytes, more than ${allowed}`);
    if (kept + sessions + results + history > quotaBytes) this.#coverage.hit('state larger than the quota');
    this.#slot = slot;
    this.#quotaBytes = quotaBytes;
    this.#keptBytes = kept;
  }
}
