import type { CoreContext } from './context.ts';
import { Deadlines } from './deadlines.ts';
import type { Failure, Settlement } from './effect.ts';
import type { CallId } from './input.ts';

/** Why the caller does not wait any longer. */
export type AbandonReason = 'timeout' | 'aborted' | 'closed';

/** Whoever works for a call. */
export interface CallOwner {
  /** Settles the call, now or (a lock's place has to be given up first) later. */
  abandon(reason: AbandonReason): void;
}

/** Calls that have not been settled. */
export class Calls {
  readonly #context: CoreContext;
  readonly #pending = new Map<CallId, CallOwner>();
  readonly #deadlines = new Deadlines((callId) => this.#pending.has(callId));

  constructor(context: CoreContext) {
    this.#context = context;
  }

  get count(): number {
    return this.#pending.size;
  }

  add(callId: CallId, owner: CallOwner, timeoutMs: number): void {
    this.#pending.set(callId, owner);
    if (timeoutMs !== Number.POSITIVE_INFINITY) this.#deadlines.add(this.#context.nowMs + timeoutMs, callId);
  }

  settle(callId: CallId, settlement: Settlement): void {
    if (this.#pending.delete(callId)) this.#context.emit({ type: 'settle', callId, settlement });
  }

  fail(callId: CallId, failure: Failure): void {
    this.settle(callId, { type: 'failed', failure });
  }

  abandon(callId: CallId, reason: AbandonReason): void {
    this.#pending.get(callId)?.abandon(reason);
  }

  abandonAll(reason: AbandonReason): void {
    for (const callId of [...this.#pending.keys()]) this.abandon(callId, reason);
  }

  nextDeadlineMs(): number {
    return this.#deadlines.earliestMs();
  }

  advance(): void {
    for (;;) {
      const callId = this.#deadlines.takeDue(this.#context.nowMs);
      if (callId === undefined) return;
      this.abandon(callId, 'timeout');
    }
  }
}
