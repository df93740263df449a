import type { Random } from './random.ts';

/** Delays that double from one failure to the next, half of each at random, so that clients do not come back in step. */
export class Backoff {
  readonly #random: Random;
  readonly #lowMs: number;
  readonly #highMs: number;
  #failures = 0;

  constructor(random: Random, lowMs: number, highMs: number) {
    this.#random = random;
    this.#lowMs = lowMs;
    this.#highMs = highMs;
  }

  nextMs(): number {
    const fullMs = Math.min(this.#highMs, this.#lowMs * 2 ** Math.min(this.#failures, 30));
    this.#failures += 1;
    return this.#random.between(fullMs / 2, fullMs);
  }

  reset(): void {
    this.#failures = 0;
  }
}
