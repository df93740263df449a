import type { SessionRef } from '../../wire/frame.ts';
import type { Revision, SessionId } from '../../wire/identifiers.ts';
import { encodeOperation } from '../../wire/operation-codec.ts';
import type { Result } from '../../wire/result.ts';
import { Backoff } from './backoff.ts';
import { CommandPipeline } from './command-pipeline.ts';
import type { CoreContext, RequestOwner } from './context.ts';
import type { SessionState } from './effect.ts';
import { verdictOf } from './failure.ts';
import type { OutgoingFrame } from './outgoing-frame.ts';
import { SessionLease } from './session-lease.ts';
import { timing } from './settings.ts';

/** The request that opens the session; each attempt is one of its own, since the answer has to tell which one it answers. */
interface Opening {
  requestId: number | undefined;
  sentMs: number;
  /** First sent on the current stream. */
  firstSentMs: number | undefined;
  retryMs: number;
}

/**
 * One session, from the first command that needs it until it is lost. Opening it is a request of its own that is answered
 * before the first command is sent.
 */
export class Session implements RequestOwner {
  readonly serial: number;
  readonly pipeline: CommandPipeline;
  readonly #context: CoreContext;
  readonly #backoff: Backoff;
  readonly #opening: Opening = { requestId: undefined, sentMs: 0, firstSentMs: undefined, retryMs: 0 };
  #ref: SessionRef | undefined;
  #lease: SessionLease | undefined;
  #state: SessionState = 'active';
  /** Why the session is over, though its commands have not been told yet. */
  #ending: string | undefined;
  /** The service refused to open it for good. */
  #refusal: Result | undefined;

  constructor(context: CoreContext, serial: number) {
    this.#context = context;
    this.serial = serial;
    this.#backoff = new Backoff(context.random, timing.refusedMs, timing.refusedMsHigh);
    this.pipeline = new CommandPipeline(context, () => this.markEnded('the service knows this session no longer'));
  }

  get ref(): SessionRef | undefined {
    return this.#ref;
  }

  get state(): SessionState {
    return this.#state;
  }

  /** How long it surely lives; 0 while it is not open. */
  get remainingMs(): number {
    if (this.#lease === undefined || this.#state === 'expired') return 0;
    return Math.max(0, this.#lease.deadlineMs - this.#context.nowMs);
  }

  /** Open, and surely alive. */
  get isAlive(): boolean {
    return this.#ending === undefined && this.remainingMs > 0;
  }

  get ending(): string | undefined {
    return this.#ending;
  }

  get refusal(): Result | undefined {
    return this.#refusal;
  }

  /** Since when some request of it has been unanswered on this stream. */
  get oldestSentMs(): number | undefined {
    if (this.#lease === undefined) return this.#opening.firstSentMs;
    const { oldestSentMs } = this.pipeline;
    const { unansweredMs } = this.#lease;
    if (oldestSentMs === undefined || unansweredMs === undefined) return oldestSentMs ?? unansweredMs;
    return Math.min(oldestSentMs, unansweredMs);
  }

  nextDeadlineMs(): number {
    const { nowMs } = this.#context;
    const lease = this.#lease;
    if (lease === undefined) {
      const { requestId, retryMs } = this.#opening;
      return requestId === undefined && retryMs > nowMs ? retryMs : Number.POSITIVE_INFINITY;
    }
    let nextMs = Math.min(lease.deadlineMs, this.pipeline.nextDeadlineMs);
    if (this.#state === 'active') nextMs = Math.min(nextMs, lease.jeopardyMs);
    return lease.keepAliveMs > nowMs ? Math.min(nextMs, lease.keepAliveMs) : nextMs;
  }

  /** Judges the session by the clock. */
  advance(): void {
    const lease = this.#lease;
    if (lease === undefined || this.#state === 'expired') return;
    const { nowMs } = this.#context;
    if (nowMs >= lease.deadlineMs) this.markEnded('no keep-alive was answered in time');
    else if (nowMs >= lease.jeopardyMs) this.#setState('jeopardy');
    else this.#setState('active');
  }

  /** It is over; `expire` follows within the same input. */
  markEnded(reason: string): void {
    this.#ending ??= reason;
  }

  expire(): void {
    this.#setState('expired');
    if (this.#opening.requestId !== undefined) this.#context.forget(this.#opening.requestId);
  }

  onNewStream(): void {
    const opening = this.#opening;
    if (opening.requestId !== undefined) this.#context.forget(opening.requestId);
    opening.requestId = undefined;
    opening.firstSentMs = undefined;
    opening.retryMs = this.#context.nowMs;
    this.#lease?.onNewStream();
    this.pipeline.onNewStream();
  }

  /** The session's reference, if its keep-alive is due. `onKeepAliveSent` follows. */
  keepAliveDue(): SessionRef | undefined {
    return this.#lease !== undefined && this.#lease.keepAliveMs <= this.#context.nowMs ? this.#ref : undefined;
  }

  onKeepAliveSent(id: number): void {
    this.#lease?.onSent(id, this.#context.nowMs);
  }

  onAlive(id: number): void {
    if (this.#lease?.onAlive(id) === true) {
      this.#context.progressed = true;
      this.advance();
    }
  }

  fill(frame: OutgoingFrame): void {
    if (this.#lease === undefined) this.#fillOpening(frame);
    else this.pipeline.fill(frame);
  }

  onResult(result: Result): void {
    const opening = this.#opening;
    opening.requestId = undefined;
    this.#context.forget(result.requestId);
    const { nowMs } = this.#context;
    const { body } = result;
    if (body.kind === 'sessionOpened') {
      const lease = new SessionLease(body.ttlMs, opening.sentMs);
      // Answered too late to be of use: that session will expire by itself.
      if (nowMs >= lease.deadlineMs) return;
      this.#context.progressed = true;
      this.#lease = lease;
      this.#ref = { sessionId: body.sessionId, generation: body.generation };
      this.pipeline.open(this.#ref);
      this.#emitState();
      this.advance();
      return;
    }
    const verdict = body.kind === 'error' ? verdictOf(body.code) : 'rejected';
    if (verdict === 'refused' || verdict === 'ambiguous' || verdict === 'outOfOrder') {
      opening.retryMs = nowMs + this.#backoff.nextMs();
      if (body.kind === 'error') this.pipeline.openingRefusal = body.code;
    } else {
      this.#refusal = result;
      this.markEnded('the service did not open a session');
    }
  }

  #fillOpening(frame: OutgoingFrame): void {
    const opening = this.#opening;
    const { settings, nowMs, random } = this.#context;
    if (opening.requestId !== undefined || opening.retryMs > nowMs || !this.pipeline.hasQueued) return;
    opening.requestId = this.#context.newRequest(this);
    opening.sentMs = nowMs;
    opening.firstSentMs ??= nowMs;
    const { sessionTtlMs: ttlMs, sessionName: name } = settings;
    frame.addOperation(
      encodeOperation({
        requestId: opening.requestId,
        command: undefined,
        seenRevision: 0 as Revision,
        body: { kind: 'openSession', ttlMs, name, nonce: random.bits64() },
      }),
    );
  }

  #setState(state: SessionState): void {
    if (this.#state === state || this.#state === 'expired') return;
    this.#state = state;
    this.#emitState();
  }

  #emitState(): void {
    const sessionId = this.#ref?.sessionId ?? (0 as SessionId);
    this.#context.emit({ type: 'session', serial: this.serial, state: this.#state, sessionId });
  }
}
