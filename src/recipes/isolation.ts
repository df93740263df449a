export interface IsolationOptions {
  /** How many failures in a row isolate an instance: 1 to 1,000, default 3. */
  readonly failures?: number | undefined;
  /** For how long at first, default 1,000; twice as long each time that the attempt after it fails, too. */
  readonly isolationMs?: number | undefined;
  /** At most, default 30,000. */
  readonly isolationMsHigh?: number | undefined;
}

export type IsolationSettings = { readonly [K in keyof IsolationOptions]-?: number };

/**
 * Whether an instance that fails is spared. After some failures in a row nothing is sent to it for a while; then one attempt, whose outcome
 * decides whether it is back or spared for twice as long.
 */
export class Isolation {
  readonly #settings: IsolationSettings;
  #failures = 0;
  /** How often in a row. */
  #isolations = 0;
  #untilMs = Number.NEGATIVE_INFINITY;
  #trying = false;

  constructor(settings: IsolationSettings) {
    this.#settings = settings;
  }

  /** Until when, at the latest; in the past if it is not isolated. */
  get untilMs(): number {
    return this.#untilMs;
  }

  get isIsolated(): boolean {
    return this.#isolations > 0;
  }

  /** It may be sent something: it is well, or it is time for one attempt, and none is under way. */
  isReady(nowMs: number): boolean {
    return !this.isIsolated || (nowMs >= this.#untilMs && !this.#trying);
  }

  /** Something is sent to it. True: this is the attempt. */
  begin(nowMs: number): boolean {
    if (!this.isIsolated || nowMs < this.#untilMs || this.#trying) return false;
    this.#trying = true;
    return true;
  }

  /** `isAttempt`: what `begin` returned. What was sent before the isolation says nothing of the time after it. */
  end(outcome: 'succeeded' | 'failed' | 'unknown', isAttempt: boolean, nowMs: number): void {
    if (isAttempt) this.#trying = false;
    if (this.isIsolated && !isAttempt) return;
    if (outcome === 'succeeded') {
      this.#failures = 0;
      this.#isolations = 0;
    } else if (outcome === 'failed') {
      this.#failures += 1;
      if (isAttempt || this.#failures >= this.#settings.failures) this.#isolate(nowMs);
    }
  }

  #isolate(nowMs: number): void {
    const { isolationMs, isolationMsHigh } = this.#settings;
    this.#untilMs = nowMs + Math.min(isolationMsHigh, isolationMs * 2 ** Math.min(this.#isolations, 30));
    this.#isolations += 1;
    this.#failures = 0;
  }
}
