import type { Calls } from './calls.ts';
import type { CoreContext } from './context.ts';
import { failure } from './failure.ts';
import type { Sessions } from './sessions.ts';
import { timing } from './settings.ts';

/**
 * How a client ends: calls under way may finish, then the session is closed in the service, each for a bounded time.
 */
export class Shutdown {
  readonly #context: CoreContext;
  readonly #calls: Calls;
  readonly #sessions: Sessions;
  #phase: 'idle' | 'draining' | 'closingSession' | 'done' = 'idle';
  #untilMs = Number.POSITIVE_INFINITY;

  constructor(context: CoreContext, calls: Calls, sessions: Sessions) {
    this.#context = context;
    this.#calls = calls;
    this.#sessions = sessions;
  }

  get begun(): boolean {
    return this.#phase !== 'idle';
  }

  get done(): boolean {
    return this.#phase === 'done';
  }

  get nextDeadlineMs(): number {
    return this.#untilMs;
  }

  begin(): void {
    this.#phase = 'draining';
    this.#untilMs = this.#context.nowMs + timing.drainMs;
  }

  advance(isConnected: boolean): void {
    const { nowMs } = this.#context;
    if (this.#phase === 'draining') {
      if (nowMs >= this.#untilMs) this.#calls.abandonAll('closed');
      if (this.#calls.count > 0) return;
      this.#phase = 'closingSession';
      this.#untilMs = nowMs + (isConnected ? timing.closeSessionMs : timing.closeSessionOfflineMs);
      this.#sessions.close();
    }
    if (this.#phase !== 'closingSession') return;
    if (this.#sessions.current?.isAlive === true && nowMs < this.#untilMs) return;
    this.#phase = 'done';
    this.#sessions.retire(failure('CLOSED', 'the client was closed', 'unknown'));
  }
}
