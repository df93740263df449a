/**
 * How long a session surely lives, as the client may count it: from the SENDING of the very keep-alive that was answered.
 * The service counts from its receipt, and longer, so that the client knows first.
 */
export class SessionLease {
  readonly #ttlMs: number;
  readonly #marginMs: number;
  #confirmedMs: number;
  #lastSentMs: number;
  /** Keep-alives without an answer, by id: when each was sent. Newest last. */
  readonly #sent = new Map<number, number>();
  #askNow = false;

  /** `sentMs`: when the request was sent that opened the session. */
  constructor(ttlMs: number, sentMs: number) {
    this.#ttlMs = ttlMs;
    this.#marginMs = Math.max(10, ttlMs / 50);
    this.#confirmedMs = sentMs;
    this.#lastSentMs = sentMs;
  }

  /** From here on the session counts as lost, whatever may still be heard. */
  get deadlineMs(): number {
    return this.#confirmedMs + this.#ttlMs - this.#marginMs;
  }

  /** From here on it has been unanswered for a while. */
  get jeopardyMs(): number {
    return this.#confirmedMs + this.#ttlMs / 2;
  }

  /** When the next keep-alive is to be sent. Unanswered ones are followed by others sooner. */
  get keepAliveMs(): number {
    if (this.#askNow) return Number.NEGATIVE_INFINITY;
    const intervalMs = this.#sent.size === 0 ? this.#ttlMs / 3 : Math.max(20, this.#ttlMs / 10);
    return this.#lastSentMs + intervalMs;
  }

  /** Since when a keep-alive has been unanswered. */
  get unansweredMs(): number | undefined {
    return this.#sent.values().next().value;
  }

  onSent(id: number, nowMs: number): void {
    this.#askNow = false;
    this.#lastSentMs = nowMs;
    this.#sent.set(id, nowMs);
  }

  /** Returns whether the answer moved the deadline. */
  onAlive(id: number): boolean {
    const sentMs = this.#sent.get(id);
    if (sentMs === undefined) return false;
    for (const earlier of this.#sent.keys()) if (earlier <= id) this.#sent.delete(earlier);
    if (sentMs <= this.#confirmedMs) return false;
    this.#confirmedMs = sentMs;
    return true;
  }

  /** Answers come on the stream of the question only. */
  onNewStream(): void {
    this.#sent.clear();
    this.#askNow = true;
  }
}
