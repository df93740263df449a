import { assert } from '../wire/assert.ts';
import type { SessionId } from '../wire/identifiers.ts';

/** A longer silence of this node's own clock is a stall: keep-alives may have waited outside for all of it. */
const stallMs = 100;

export interface ExpiredSession {
  readonly sessionId: SessionId;
  readonly generation: number;
}

interface Deadline {
  readonly generation: number;
  /** TTL stretched for the worst clocks, ms. */
  readonly spanMs: number;
  /** On the session clock. */
  atMs: number;
  /** Its expiry has been proposed: no keep-alive of it is acknowledged any more. */
  expiring: boolean;
}

/**
 * When sessions expire, as only a serving leader may say.
 *
 * It runs on a clock of its own that stands still while this node is stalled, so that a pause of the leader never costs a
 * client its session (Chubby, section 2.8: the new master is generous; so is one that slept). Clients count TTL from the
 * sending of a keep-alive; this clock counts from its acknowledgement, and TTL·(1+ε)/(1−ε), so that with all clock
 * rates within 1 ± ε the client knows first.
 */
export class SessionClock {
  /** The cluster's, given with the log: a node's own configuration has no say. */
  #driftPermille = 0;
  readonly #deadlines = new Map<SessionId, Deadline>();
  #lastMs = Number.NEGATIVE_INFINITY;
  #stalledMs = 0;
  /** No deadline is earlier: most ticks look at nothing. */
  #earliestMs = Number.POSITIVE_INFINITY;

  /** Before anything else of an input, so that its stall is known before any deadline is judged. */
  advance(monotonicMs: number): void {
    const gapMs = monotonicMs - this.#lastMs;
    if (Number.isFinite(gapMs) && gapMs > stallMs) this.#stalledMs += gapMs;
    this.#lastMs = monotonicMs;
  }

  /** A new leader gives every session a full TTL; what an earlier one had in mind is forgotten. */
  restart(
    sessions: Iterable<{ readonly id: SessionId; readonly generation: number; readonly ttlMs: number }>,
    driftPermille: number,
  ): void {
    assert(driftPermille >= 0 && driftPermille < 1000, `clock drift of ${driftPermille} per thousand`);
    this.stop();
    this.#driftPermille = driftPermille;
    for (const session of sessions) this.opened(session);
  }

  stop(): void {
    this.#deadlines.clear();
    this.#earliestMs = Number.POSITIVE_INFINITY;
  }

  opened(session: { readonly id: SessionId; readonly generation: number; readonly ttlMs: number }): void {
    const spanMs = Math.ceil((session.ttlMs * (1000 + this.#driftPermille)) / (1000 - this.#driftPermille));
    const atMs = this.#nowMs + spanMs;
    this.#deadlines.set(session.id, { generation: session.generation, spanMs, atMs, expiring: false });
    this.#earliestMs = Math.min(this.#earliestMs, atMs);
  }

  ended(id: SessionId): void {
    this.#deadlines.delete(id);
  }

  /** Gives the session a full span from now. False if it may not be acknowledged: unknown, or its expiry is proposed. */
  keepAlive(id: SessionId, generation: number): boolean {
    const deadline = this.#deadlines.get(id);
    if (deadline === undefined || deadline.expiring || deadline.generation !== generation) return false;
    deadline.atMs = this.#nowMs + deadline.spanMs;
    return true;
  }

  /** Sessions whose time is over, each once; from now on they are not acknowledged. Ascending by id. */
  takeExpired(): readonly ExpiredSession[] {
    if (this.#nowMs < this.#earliestMs) return [];
    const expired: ExpiredSession[] = [];
    let earliestMs = Number.POSITIVE_INFINITY;
    for (const [sessionId, deadline] of this.#deadlines) {
      if (deadline.expiring) continue;
      if (deadline.atMs <= this.#nowMs) {
        deadline.expiring = true;
        expired.push({ sessionId, generation: deadline.generation });
      } else {
        earliestMs = Math.min(earliestMs, deadline.atMs);
      }
    }
    this.#earliestMs = earliestMs;
    return expired.sort((a, b) => a.sessionId - b.sessionId);
  }

  /** The expiry could not be queued: judged again at the next tick. */
  notProposed(id: SessionId): void {
    const deadline = this.#deadlines.get(id);
    if (deadline === undefined) return;
    deadline.expiring = false;
    this.#earliestMs = Math.min(this.#earliestMs, deadline.atMs);
  }

  /** Time left in ms, for operators. */
  remainingMs(id: SessionId): number | undefined {
    const deadline = this.#deadlines.get(id);
    return deadline === undefined ? undefined : Math.max(0, deadline.atMs - this.#nowMs);
  }

  get #nowMs(): number {
    return this.#lastMs - this.#stalledMs;
  }
}
