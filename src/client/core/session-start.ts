import type { Revision } from '../../wire/identifiers.ts';
import { encodeOperation } from '../../wire/operation-codec.ts';
import type { CoreContext, RequestOwner } from './context.ts';
import type { OutgoingFrame } from './outgoing-frame.ts';
import type { SessionCredentials } from './session-credentials.ts';

/**
 * The request that opens a session, or takes one over.
 *
 * Each attempt to open is a request of its own, since its answer has to tell from when on the time to live counts. One that takes over is
 * sent again byte for byte, so that it takes effect once: its time counts from the first sending.
 */
export class SessionStart {
  readonly #context: CoreContext;
  readonly #owner: RequestOwner;
  #takesOver: SessionCredentials | undefined;
  #request: { readonly id: number; readonly bytes: Uint8Array } | undefined;
  /** Sent on the current stream, and not answered. */
  #waiting = false;
  #retryMs = 0;
  /** From here on the time to live counts. */
  sentMs = 0;
  /** First sent on the current stream. */
  firstSentMs: number | undefined;
  /** How often the request was sent. */
  attempts = 0;
  /** An earlier request was answered: whatever becomes of this one, that one has had an effect. */
  begunAnew = false;

  constructor(context: CoreContext, owner: RequestOwner, takesOver: SessionCredentials | undefined) {
    this.#context = context;
    this.#owner = owner;
    this.#takesOver = takesOver;
  }

  /** The session that is to be taken over; undefined: another one is opened. */
  get takesOver(): SessionCredentials | undefined {
    return this.#takesOver;
  }

  /** When there will be something to send that must not be sent yet. */
  get nextDeadlineMs(): number {
    return !this.#waiting && this.#retryMs > this.#context.nowMs ? this.#retryMs : Number.POSITIVE_INFINITY;
  }

  /** `wanted`: some command waits for the session. One that is taken over is not left to its time. */
  fill(frame: OutgoingFrame, wanted: boolean): void {
    const { nowMs } = this.#context;
    if (this.#waiting || this.#retryMs > nowMs || !(wanted || this.#takesOver !== undefined)) return;
    this.#request ??= this.#make();
    frame.addOperation(this.#request.bytes);
    this.#waiting = true;
    this.firstSentMs ??= nowMs;
    this.attempts += 1;
  }

  onNewStream(): void {
    this.refused(this.#context.nowMs);
    this.firstSentMs = undefined;
  }

  /** To be sent again, but not before that time. */
  refused(retryMs: number): void {
    this.#waiting = false;
    this.#retryMs = retryMs;
    if (this.#takesOver === undefined) this.forget();
  }

  /** It was answered, but too late to be of use: with that answer, it begins anew. */
  beginAnew(takesOver: SessionCredentials | undefined): void {
    this.forget();
    this.begunAnew = true;
    this.#takesOver = takesOver;
  }

  /** It is answered, or of no interest any more. */
  forget(): void {
    if (this.#request !== undefined) this.#context.forget(this.#request.id);
    this.#request = undefined;
    this.#waiting = false;
    this.attempts = 0;
  }

  #make(): { readonly id: number; readonly bytes: Uint8Array } {
    const { settings, nowMs, random } = this.#context;
    const id = this.#context.newRequest(this.#owner);
    this.sentMs = nowMs;
    const nonce = random.bits64();
    const { sessionTtlMs: ttlMs, sessionName: name, sessionSecret: secret, sessionMetadata: metadata } = settings;
    const body =
      this.#takesOver === undefined
        ? ({ kind: 'openSession', ttlMs, name, nonce, secret, metadata } as const)
        : ({ kind: 'resumeSession', ...this.#takesOver, nonce } as const);
    const bytes = encodeOperation({ requestId: id, command: undefined, seenRevision: 0 as Revision, body });
    return { id, bytes };
  }
}
