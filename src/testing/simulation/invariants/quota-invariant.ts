import type { Governance } from '../../../machine/settings.ts';
import type { ResidentParts } from '../../checkers/reference-quota.ts';
import type { Coverage } from '../coverage.ts';
import { violated } from './violation.ts';

/**
 * 34. The state counts itself as the model does, part by part, and what is kept does not grow past the quota: whatever is above it has
 * come about under a larger one. Looked at in each state once, in the order of slots.
 */
export class QuotaInvariant {
  readonly #coverage: Coverage;
  /** In force after the slot before. */
  #quotaBytes = Number.POSITIVE_INFINITY;
  #keptBytes = 0;

  constructor(coverage: Coverage) {
    this.#coverage = coverage;
  }

  check(nodeId: string, { residentBytes, quotaBytes }: Governance, model: ResidentParts, modelQuota: number): void {
    const { kept, sessions, results, history } = residentBytes;
    if (quotaBytes !== modelQuota) violated('one quota for all', `${nodeId}: ${quotaBytes}, not ${modelQuota}`);
    const parts: readonly (readonly [number, number])[] = [
      [kept, model.kept],
      [sessions, model.sessions],
      [results, model.results],
      [history, model.history],
    ];
    if (parts.some(([counted, modelled]) => counted !== modelled)) {
      const text = parts.map(([counted, modelled]) => `${counted} for ${modelled}`).join(', ');
      violated('the state knows its size', `${nodeId}: kept, sessions, results, history: ${text}`);
    }
    const allowed = Math.max(quotaBytes, this.#quotaBytes, this.#keptBytes);
    if (kept > allowed) violated('nothing grows past the quota', `${nodeId}: ${kept} bytes, more than ${allowed}`);
    if (kept + sessions + results + history > quotaBytes) this.#coverage.hit('state larger than the quota');
    this.#quotaBytes = quotaBytes;
    this.#keptBytes = kept;
  }
}
