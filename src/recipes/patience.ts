import { setTimeout as sleep } from 'node:timers/promises';
import { type CallOptions, type Client, ConclaveError, type Selector, type View } from '../client/index.ts';
import { RecipeError } from './recipe-error.ts';

/** The longest that a timer of Node.js waits. */
const timerLimitMs = 2 ** 31 - 1;

/** The caller's patience: a signal that aborts when its time is over or its own signal aborts. To be disposed of. */
export class Patience implements Disposable {
  readonly #what: string;
  readonly #given: AbortSignal | undefined;
  readonly #timeoutMs: number | undefined;
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #onAbort = (): void => this.#controller.abort();

  /** `what` is the subject of the message: "`what` did not happen in 5000 ms". Without `timeoutMs` it is endless. */
  constructor(what: string, { signal, timeoutMs }: CallOptions = {}) {
    if (timeoutMs !== undefined && !(timeoutMs >= 0)) {
      throw new ConclaveError('INVALID_ARGUMENT', `timeoutMs is a number of milliseconds, not ${String(timeoutMs)}`);
    }
    this.#what = what;
    this.#given = signal;
    this.#timeoutMs = timeoutMs;
    if (signal?.aborted === true) this.#controller.abort();
    signal?.addEventListener('abort', this.#onAbort, { once: true });
    if (timeoutMs !== undefined && timeoutMs <= timerLimitMs) this.#timer = setTimeout(this.#onAbort, timeoutMs);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** What the call that the signal has ended is to reject with, not to speak of this signal. An error of a recipe says more. */
  errorOf(error: unknown, outcome = error instanceof ConclaveError ? error.outcome : 'not-applied'): unknown {
    if (!this.signal.aborted || error instanceof RecipeError) return error;
    if (this.#given?.aborted === true) {
      return new ConclaveError('ABORTED', `${this.#what} was aborted`, { outcome, cause: this.#given.reason });
    }
    return new ConclaveError('TIMEOUT', `${this.#what} did not happen in ${this.#timeoutMs} ms`, { outcome });
  }

  /** For a call that has sent nothing yet. */
  throwIfOver(): void {
    if (this.signal.aborted) throw this.errorOf(undefined);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#given?.removeEventListener('abort', this.#onAbort);
  }
}

/**
 * Waits until the keys are such that `decide` returns something. It is asked about whole revisions, first the present one: by what is
 * there, never by having been woken, so that a reconnection or a lost event decides nothing.
 */
export async function untilDecided<T>(
  client: Client,
  what: Selector,
  decide: (view: View) => T | undefined | Promise<T | undefined>,
  patience: Patience,
): Promise<T> {
  try {
    const { signal } = patience;
    await using view = await persistently(() => client.view(what, { signal }), signal);
    const changes = view.changes();
    for (;;) {
      const decided = await persistently(async () => await decide(view), signal);
      if (decided !== undefined) return decided;
      const { done } = await changes.next();
      if (done === true) throw view.error ?? new ConclaveError('CLOSED', 'the client is closed');
    }
  } catch (error) {
    throw patience.errorOf(error);
  }
}

/** Again after a pause, while the error is one that may pass. For what may be repeated. */
export async function persistently<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
  for (let failures = 0; ; failures++) {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted || !(error instanceof ConclaveError) || !error.retryable) throw error;
      await sleep(Math.random() * Math.min(5_000, 50 * 2 ** Math.min(failures, 10)), undefined, { signal });
    }
  }
}

/** Nobody waits for it: it goes on until it is done, or is of no use any more, or fails with an error that does not pass. */
export function inBackground(work: () => Promise<unknown>, signal: AbortSignal): void {
  persistently(work, signal).catch(() => undefined);
}
