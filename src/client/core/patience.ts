import { timing } from './settings.ts';
import type { Expectation } from './stream.ts';

/**
 * How long a node that is there may bring no answers before another is looked for. While there are nodes that have not been tried
 * since the last answer, that is short: one of them may be well. Once all have been left in vain, it grows.
 */
export class Patience {
  /** Nodes are being tried one after the other. */
  #searching = false;
  /** How long to stay before the next search. */
  #restMs: number = timing.stallMs;
  /** Since then the present node has had its time. */
  #sinceMs = Number.NEGATIVE_INFINITY;
  /** Of it, with something unanswered: calls that are given up one after the other would never grow old by themselves. */
  #owedMs = 0;
  #nowMs = 0;

  /** Some request was answered. */
  onProgress(): void {
    this.#searching = false;
    this.#restMs = timing.stallMs;
    this.#owedMs = 0;
  }

  /** Another node, or the same once more. */
  begin(nowMs: number): void {
    this.#sinceMs = nowMs;
    this.#owedMs = 0;
  }

  /** With what has been waited for since the last time. */
  onTimePassed(nowMs: number, { oldestSentMs }: Expectation): void {
    if (oldestSentMs !== undefined) this.#owedMs += nowMs - this.#nowMs;
    this.#nowMs = nowMs;
  }

  /** For requests that are not answered, and events that cannot come. `leaderlessMs`: since when the node has known no leader. */
  deadlineMs({ oldestSentMs, listening }: Expectation, leaderlessMs: number | undefined): number {
    const limitMs = this.#searching ? timing.stallMs : this.#restMs;
    let deadlineMs = Number.POSITIVE_INFINITY;
    if (oldestSentMs !== undefined) {
      deadlineMs = Math.min(this.#nowMs - this.#owedMs, Math.max(oldestSentMs, this.#sinceMs)) + limitMs;
    }
    if (listening && leaderlessMs !== undefined) {
      deadlineMs = Math.min(deadlineMs, Math.max(leaderlessMs, this.#sinceMs) + limitMs);
    }
    return deadlineMs;
  }

  /** Returns whether that begins a search, for which the failures of before do not count. */
  search(): boolean {
    const begins = !this.#searching;
    this.#searching = true;
    return begins;
  }

  /** No node is left to try. */
  searchedInVain(): void {
    this.#searching = false;
    this.#restMs = Math.min(timing.stallMsHigh, this.#restMs * 2);
  }
}
