import type { KeepAliveAnswer } from '../../../wire/frame.ts';
import type { Sequence, SessionId } from '../../../wire/identifiers.ts';
import type { ResultBody } from '../../../wire/result.ts';
import type { SessionRecord } from '../../checkers/history.ts';
import type { StoredSession } from './client-actor.ts';
import type { ClientContext } from './client-parts.ts';

/** How a session, or a generation of it, begins. */
export type SessionBegun = Extract<ResultBody, { readonly kind: 'sessionOpened' | 'sessionResumed' }>;

/** How many keep-alives go out within one TTL. */
const keepAlivesPerTtl = 3;

/**
 * A session as its client sees it: alive until TTL after the sending of the newest keep-alive that was answered, by the client's own
 * clock, whether or not there is a connection.
 */
export class ClientSession {
  readonly sessionId: SessionId;
  readonly generation: number;
  readonly record: SessionRecord;
  readonly stored: StoredSession;
  /** Every result up to this number has been seen. */
  acknowledged: number;
  closing = false;
  #lastSequence: number;
  readonly #answered = new Set<number>();
  readonly #context: ClientContext;
  #deadlineMs: number;
  #lastSentMs: number;
  /** Sent and not answered: when, by both clocks. */
  readonly #sent = new Map<number, { readonly sentMs: number; readonly sentUs: number }>();

  constructor(
    context: ClientContext,
    opened: SessionBegun,
    secret: Uint8Array,
    openSent: { readonly ms: number; readonly us: number },
  ) {
    this.#context = context;
    this.sessionId = opened.sessionId;
    this.generation = opened.generation;
    this.#lastSequence = opened.kind === 'sessionResumed' ? opened.lastSequence : 0;
    this.acknowledged = this.#lastSequence;
    const { sessionId, generation, ttlMs } = opened;
    this.stored = { sessionId, generation, ttlMs, secret };
    this.#deadlineMs = openSent.ms + opened.ttlMs;
    this.#lastSentMs = openSent.ms;
    this.record = {
      client: context.name,
      sessionId: opened.sessionId,
      generation: opened.generation,
      ttlMs: opened.ttlMs,
      clockRate: context.clock.rate,
      openSentUs: openSent.us,
      begunUs: context.host.queue.nowUs,
      keptAliveUs: [],
      trustedUntilUs: Number.POSITIVE_INFINITY,
      closeCalledUs: undefined,
    };
    context.host.history.sessions.push(this.record);
  }

  get alive(): boolean {
    return this.#context.nowMs < this.#deadlineMs;
  }

  /** No answer has come for a good part of the time: the node may be of no use. */
  get inJeopardy(): boolean {
    return this.#context.nowMs > this.#deadlineMs - this.record.ttlMs / 3;
  }

  /** The last moment, in true time, at which the client may still act on the session. */
  get deadlineUs(): number {
    return this.#context.clock.trueTimeSinceBootUs(this.#deadlineMs);
  }

  takeSequence(): Sequence {
    this.#lastSequence += 1;
    return this.#lastSequence as Sequence;
  }

  /** A number whose result has been seen. */
  answered(sequence: number): void {
    this.#answered.add(sequence);
    while (this.#answered.delete(this.acknowledged + 1)) this.acknowledged += 1;
  }

  /** Sends a keep-alive if one is due, or at once after a new connection. */
  keepAlive(id: number, atOnce: boolean): boolean {
    const { nowMs, host, clock } = this.#context;
    if (!atOnce && nowMs - this.#lastSentMs < this.record.ttlMs / keepAlivesPerTtl) return false;
    this.#lastSentMs = nowMs;
    this.#sent.set(id, { sentMs: nowMs, sentUs: clock.trueTimeSinceBootUs(nowMs) });
    const sessions = [{ sessionId: this.sessionId, generation: this.generation }];
    this.#context.outgoing().keepAlives.push({ id, sessions });
    host.trace.mark(20, this.sessionId, id);
    return true;
  }

  /** False: the service says that the session has ended. */
  onKeepAliveAnswer(answer: KeepAliveAnswer): boolean {
    const sent = this.#sent.get(answer.id);
    if (sent === undefined) return true;
    this.#sent.delete(answer.id);
    if (answer.ended.includes(this.sessionId)) return false;
    if (!answer.alive.includes(this.sessionId)) return true;
    this.#context.host.coverage.hit('keep-alive answered');
    this.record.keptAliveUs.push(sent.sentUs);
    this.#deadlineMs = Math.max(this.#deadlineMs, sent.sentMs + this.record.ttlMs);
    return true;
  }

  /** Nothing of the session is trusted from now on, or from its deadline if that was earlier. */
  lost(): void {
    this.record.trustedUntilUs = Math.min(this.#context.host.queue.nowUs, this.deadlineUs);
  }
}
