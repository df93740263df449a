import type { CallLimits } from './arguments.ts';
import { abortError, ConclaveError } from './error.ts';
import { timerLimitMs } from './system-clock.ts';

/** A call of the client that ends at the same moment knows a better reason (UNAVAILABLE, and why): it is let speak first. */
const graceMs = 50;

/** Time and signal of something that consists of several calls and of code of the program. To be ended. */
export class Waiting {
  readonly #what: string;
  readonly #signal: AbortSignal | undefined;
  readonly #timeoutMs: number;
  readonly #startMs = performance.now();
  readonly #over: Promise<never>;
  #fail: (error: ConclaveError) => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;
  #sleepTimer: NodeJS.Timeout | undefined;
  readonly #onAbort = (): void => {
    if (this.#signal !== undefined) this.#fail(abortError(this.#signal));
  };

  /** `what` is the subject of the message: "`what` did not finish in 5000 ms". Throws ABORTED if it is over already. */
  constructor(what: string, { signal, timeoutMs }: CallLimits) {
    if (signal?.aborted === true) throw abortError(signal);
    this.#what = what;
    this.#signal = signal;
    this.#timeoutMs = timeoutMs;
    this.#over = new Promise((_, reject) => {
      this.#fail = reject;
    });
    // Nobody may be waiting when it ends.
    this.#over.catch(() => undefined);
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    if (timeoutMs + graceMs <= timerLimitMs) {
      this.#timer = setTimeout(() => this.#fail(this.#timeout()), timeoutMs + graceMs);
    }
  }

  /** For a call that is a part of it. Throws TIMEOUT if no time is left. */
  limits(): CallLimits {
    const leftMs = this.#leftMs();
    if (leftMs <= 0) throw this.#timeout();
    return { signal: this.#signal, timeoutMs: leftMs };
  }

  /** What the promise brings, but no later than time and signal allow. The promise is left to itself then. */
  bound<T>(promise: PromiseLike<T>): Promise<T> {
    return Promise.race([promise, this.#over]);
  }

  /** Rejects with TIMEOUT at once if so much time is not left. */
  async sleep(durationMs: number): Promise<void> {
    if (durationMs >= this.#leftMs()) throw this.#timeout();
    const slept = new Promise<void>((resolve) => {
      this.#sleepTimer = setTimeout(resolve, durationMs);
    });
    await this.bound(slept);
  }

  /** Idempotent. */
  end(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#sleepTimer);
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }

  #leftMs(): number {
    return this.#startMs + this.#timeoutMs - performance.now();
  }

  #timeout(): ConclaveError {
    return new ConclaveError('TIMEOUT', `${this.#what} did not finish in ${this.#timeoutMs} ms`);
  }
}

/** Doubles from `lowMs` up to `highMs`, all of it at random: whoever collides once does not come back in step. */
export function jitteredDelayMs(failures: number, lowMs: number, highMs: number): number {
  return Math.random() * Math.min(highMs, lowMs * 2 ** Math.min(failures, 30));
}
