import type { Revision } from '../wire/identifiers.ts';

/** Watches are told this often how far everything has been delivered, if there is anything new to say. */
const progressMs = 1_000;
/** And this often in any case, by ticks less than 5,000 apart: one that could not be told before has to learn of it. */
const repeatedProgressMs = 4_000;

/** When watches are told how far everything has been delivered. */
export class WatchProgress {
  #toldMs = Number.NEGATIVE_INFINITY;
  #repeatedMs = Number.NEGATIVE_INFINITY;
  #toldRevision = 0 as Revision;

  /** Whether it is time to tell them of this revision: then it counts as told. */
  isDue(nowMs: number, revision: Revision): boolean {
    if (nowMs - this.#toldMs < progressMs) return false;
    this.#toldMs = nowMs;
    const repeats = nowMs - this.#repeatedMs >= repeatedProgressMs;
    if (this.#toldRevision === revision && !repeats) return false;
    if (repeats) this.#repeatedMs = nowMs;
    this.#toldRevision = revision;
    return true;
  }
}
