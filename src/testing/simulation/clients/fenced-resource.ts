import type { FencedWrite, HoldRecord } from '../../checkers/history.ts';
import type { Coverage } from '../coverage.ts';

/** Something outside of the store that takes writes, and rejects a token smaller than the largest that it has seen. */
export class FencedResources {
  readonly #highest = new Map<string, number>();
  readonly #writes: FencedWrite[];
  readonly #coverage: Coverage;

  constructor(writes: FencedWrite[], coverage: Coverage) {
    this.#writes = writes;
    this.#coverage = coverage;
  }

  write({ name: resource, client, sessionId, token }: HoldRecord, atUs: number): void {
    const accepted = token >= (this.#highest.get(resource) ?? 0);
    if (accepted) this.#highest.set(resource, token);
    this.#coverage.hit(accepted ? 'fenced write accepted' : 'fenced write rejected');
    this.#writes.push({ resource, client, sessionId, token, atUs, accepted });
  }
}
