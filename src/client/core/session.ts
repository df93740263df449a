import type { SessionRef } from '../../wire/frame.ts';
import type { SessionId } from '../../wire/identifiers.ts';
import type { Result, ResultBody } from '../../wire/result.ts';
import type { SessionLock } from '../../wire/session-info.ts';
import { Backoff } from './backoff.ts';
import { CommandPipeline } from './command-pipeline.ts';
import type { CoreContext, RequestOwner } from './context.ts';
import type { SessionState } from './effect.ts';
import { verdictOf } from './failure.ts';
import type { OutgoingFrame } from './outgoing-frame.ts';
import type { SessionCredentials } from './session-credentials.ts';
import { SessionLease } from './session-lease.ts';
import { SessionStart } from './session-start.ts';
import { timing } from './settings.ts';

/** The service's answer to what begins a session. */
type Started = Extract<ResultBody, { readonly kind: 'sessionOpened' | 'sessionResumed' }>;

/** What the session that was taken over holds, at that revision. */
type ResumedListener = (session: Session, locks: readonly SessionLock[], revision: number) => void;

/**
 * One session, from the first command that needs it, or from the client's beginning if it is taken over, until it is lost. Opening
 * it is a request of its own that is answered before the first command is sent.
 */
export class Session implements RequestOwner {
  readonly serial: number;
  readonly pipeline: CommandPipeline;
  readonly #context: CoreContext;
  readonly #backoff: Backoff;
  readonly #start: SessionStart;
  readonly #secret: Uint8Array;
  readonly #onResumed: ResumedListener;
  #ref: SessionRef | undefined;
  #credentials: SessionCredentials | undefined;
  #lease: SessionLease | undefined;
  #state: SessionState = 'active';
  /** Why the session is over, though its commands have not been told yet. */
  #ending: string | undefined;
  /** The service refused to open it for good. */
  #refusal: Result | undefined;

  /** `takesOver`: the session of a former program, of which `onResumed` then tells the locks. */
  constructor(
    context: CoreContext,
    serial: number,
    takesOver: SessionCredentials | undefined,
    onResumed: ResumedListener,
  ) {
    this.#context = context;
    this.serial = serial;
    this.#secret = takesOver?.secret ?? context.settings.sessionSecret;
    this.#onResumed = onResumed;
    this.#start = new SessionStart(context, this, takesOver);
    this.#backoff = new Backoff(context.random, timing.refusedMs, timing.refusedMsHigh);
    this.pipeline = new CommandPipeline(context, () => this.markEnded('the service knows this session no longer'));
  }

  get ref(): SessionRef | undefined {
    return this.#ref;
  }

  /** Undefined until it is open. */
  get credentials(): SessionCredentials | undefined {
    return this.#credentials;
  }

  /** How often a request that begins it was sent; one that was answered too late counts once. */
  get startAttempts(): number {
    return this.#start.attempts + (this.#start.begunAnew ? 1 : 0);
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
    if (this.#lease === undefined) return this.#start.firstSentMs;
    const { oldestSentMs } = this.pipeline;
    const { unansweredMs } = this.#lease;
    if (oldestSentMs === undefined || unansweredMs === undefined) return oldestSentMs ?? unansweredMs;
    return Math.min(oldestSentMs, unansweredMs);
  }

  /** Since when its opening has been unanswered on this stream; now, if it is about to be sent. To take one over may be asked twice. */
  get openingSinceMs(): number | undefined {
    if (this.#lease !== undefined || this.#ending !== undefined || this.#start.takesOver !== undefined)
      return undefined;
    return this.#start.firstSentMs ?? (this.pipeline.hasQueued ? this.#context.nowMs : undefined);
  }

  nextDeadlineMs(): number {
    const { nowMs } = this.#context;
    const lease = this.#lease;
    if (lease === undefined) return this.#start.nextDeadlineMs;
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
    this.#start.forget();
  }

  onNewStream(): void {
    this.#start.onNewStream();
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

  /** `mayOpen`: whether this is the time to open it. Returns whether all that may be sent now had room. */
  fill(frame: OutgoingFrame, mayOpen: boolean): boolean {
    if (this.#lease !== undefined) return this.pipeline.fill(frame);
    this.#start.fill(frame, mayOpen && this.pipeline.hasQueued);
    return true;
  }

  onResult(result: Result): void {
    const { body } = result;
    if (body.kind === 'sessionOpened' || body.kind === 'sessionResumed') {
      this.#onStarted(body, result.revision);
      return;
    }
    const verdict = body.kind === 'error' ? verdictOf(body.code) : 'rejected';
    if (verdict === 'refused' || verdict === 'ambiguous' || verdict === 'outOfOrder') {
      this.#start.refused(this.#context.nowMs + this.#backoff.nextMs());
      if (body.kind === 'error') this.pipeline.openingRefusal = body.code;
    } else {
      this.#refusal = result;
      this.markEnded('the service did not open a session');
    }
  }

  #onStarted(body: Started, revision: number): void {
    const start = this.#start;
    this.pipeline.openingRefusal = undefined;
    const ref = { sessionId: body.sessionId, generation: body.generation };
    const lease = new SessionLease(body.ttlMs, start.sentMs);
    // Too late to be of use. One that was opened will expire by itself; one that was taken over is so again.
    if (this.#context.nowMs >= lease.deadlineMs) {
      start.beginAnew(body.kind === 'sessionResumed' ? { ...ref, secret: this.#secret } : undefined);
      return;
    }
    start.forget();
    this.#context.progressed = true;
    this.#lease = lease;
    this.#ref = ref;
    this.#credentials = { ...ref, secret: this.#secret };
    this.pipeline.open(ref, body.kind === 'sessionResumed' ? body.lastSequence : 0);
    this.#emitState();
    if (body.kind === 'sessionResumed') this.#onResumed(this, body.locks, revision);
    this.advance();
  }

  #setState(state: SessionState): void {
    if (this.#state === state || this.#state === 'expired') return;
    this.#state = state;
    this.#emitState();
  }

  #emitState(): void {
    const { sessionId, generation } = this.#ref ?? { sessionId: 0 as SessionId, generation: 0 };
    this.#context.emit({ type: 'session', serial: this.serial, state: this.#state, sessionId, generation });
  }
}
