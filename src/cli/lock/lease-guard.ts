/** What the SDK says about a held lock at one moment. */
export interface LeaseReading {
  readonly held: boolean;
  /** The service has not answered for a while; nothing is lost yet. */
  readonly inJeopardy: boolean;
  readonly remainingMs: number;
}

export interface LeaseDecision {
  readonly action: 'none' | 'terminate' | 'kill';
  /** When to look again. */
  readonly nextCheckMs: number;
}

const shortestCheckMs = 10;
const longestCheckMs = 250;
const shortestKillMarginMs = 50;

/**
 * Decides when a command that runs under a lock has to end, so that it is gone before somebody else can hold the lock.
 *
 * The measure is what remained of the lease when the session was first found in jeopardy. If the service answers again in
 * time, nothing happens, and the next jeopardy is measured anew. When half of that has passed without an answer, the lock
 * counts as lost and the command gets TERM, once; it gets KILL when a tenth of it (at least 50 ms, at most a quarter) is left,
 * or at once if the lock is known not to be held any more. Between the two an answer can still stop the KILL, not the loss.
 */
export class LeaseGuard {
  #jeopardyLeaseMs: number | undefined;
  #terminated = false;
  #killed = false;

  /** The lock counts as lost. */
  get lost(): boolean {
    return this.#terminated || this.#killed;
  }

  observe(reading: LeaseReading): LeaseDecision {
    const { remainingMs } = reading;
    if (this.#killed) return { action: 'none', nextCheckMs: longestCheckMs };
    if (!reading.held || remainingMs <= 0) return this.#kill();
    if (!reading.inJeopardy) {
      this.#jeopardyLeaseMs = undefined;
      return { action: 'none', nextCheckMs: clampedCheckMs(remainingMs / 20) };
    }
    this.#jeopardyLeaseMs ??= remainingMs;
    const killAtMs = Math.min(this.#jeopardyLeaseMs / 4, Math.max(shortestKillMarginMs, this.#jeopardyLeaseMs / 10));
    const terminateAtMs = this.#jeopardyLeaseMs / 2;
    if (remainingMs <= killAtMs) return this.#kill();
    if (this.#terminated) return { action: 'none', nextCheckMs: clampedCheckMs(remainingMs - killAtMs) };
    if (remainingMs > terminateAtMs)
      return { action: 'none', nextCheckMs: clampedCheckMs(remainingMs - terminateAtMs) };
    this.#terminated = true;
    return { action: 'terminate', nextCheckMs: clampedCheckMs(remainingMs - killAtMs) };
  }

  #kill(): LeaseDecision {
    this.#killed = true;
    return { action: 'kill', nextCheckMs: longestCheckMs };
  }
}

function clampedCheckMs(delayMs: number): number {
  return Math.min(longestCheckMs, Math.max(shortestCheckMs, delayMs));
}
