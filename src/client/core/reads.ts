import type { ErrorCode } from '../../wire/errors.ts';
import type { ReadBody } from '../../wire/operation.ts';
import { encodeOperation } from '../../wire/operation-codec.ts';
import type { Result } from '../../wire/result.ts';
import { Backoff } from './backoff.ts';
import type { AbandonReason, CallOwner, Calls } from './calls.ts';
import type { CoreContext, RequestOwner } from './context.ts';
import type { Failure } from './effect.ts';
import { failure, failureOf, verdictOf } from './failure.ts';
import type { CallId } from './input.ts';
import type { OutgoingFrame } from './outgoing-frame.ts';
import { bounds, timing } from './settings.ts';
import type { TimeoutJudge } from './timeout.ts';

/** Reads in the order of the calls. They have no number, change nothing, and may be repeated at will. */
export class Reads {
  readonly #context: CoreContext;
  readonly #calls: Calls;
  readonly #timeouts: TimeoutJudge;
  readonly #backoff: Backoff;
  readonly #queue = new Set<Read>();
  readonly #inFlight = new Set<Read>();
  #dueCount = 0;
  #retryMs = 0;

  constructor(context: CoreContext, calls: Calls, timeouts: TimeoutJudge) {
    this.#context = context;
    this.#calls = calls;
    this.#timeouts = timeouts;
    this.#backoff = new Backoff(context.random, timing.refusedMs, timing.refusedMsHigh);
  }

  get oldestSentMs(): number | undefined {
    for (const read of this.#inFlight) return read.sentMs;
    return undefined;
  }

  /** When there will be something to send that must not be sent yet. */
  get nextDeadlineMs(): number {
    return this.#dueCount > 0 && this.#retryMs > this.#context.nowMs ? this.#retryMs : Number.POSITIVE_INFINITY;
  }

  add(callId: CallId, body: ReadBody, timeoutMs: number): void {
    const read = new Read(callId, body, this);
    this.#calls.add(callId, read, timeoutMs);
    if (this.#queue.size < bounds.queuedCalls) this.#queue.add(read);
    else this.#calls.fail(callId, failure('BUSY', 'too many reads are waiting to be sent', 'not-applied'));
  }

  onNewStream(): void {
    for (const read of this.#inFlight) {
      if (!read.due) this.#makeDue(read);
      read.sentMs = undefined;
    }
    this.#retryMs = this.#context.nowMs;
  }

  fill(frame: OutgoingFrame): void {
    if (this.#dueCount > 0) {
      if (this.#retryMs > this.#context.nowMs) return;
      for (const read of this.#inFlight) if (read.due && !this.#send(read, frame)) return;
    }
    for (const read of this.#queue) {
      if (this.#inFlight.size >= bounds.readsInFlight) return;
      this.#queue.delete(read);
      read.requestId = this.#context.newRequest(read);
      this.#inFlight.add(read);
      this.#makeDue(read);
      if (!this.#send(read, frame)) return;
    }
  }

  onResult(read: Read, result: Result): void {
    const { body } = result;
    if (body.kind === 'error') {
      const verdict = verdictOf(body.code);
      if (verdict === 'refused' || verdict === 'ambiguous' || verdict === 'outOfOrder') {
        if (!read.due) this.#refused(read, body.code);
        return;
      }
    }
    // What a node says of its own applied state is no sign that it reaches the others.
    if (read.body.consistency === 'linearizable') this.#context.progressed = true;
    this.#backoff.reset();
    this.#forget(read);
    if (body.kind === 'error') this.#calls.fail(read.callId, failureOf(body, 'not-applied'));
    else this.#calls.settle(read.callId, { type: 'result', result });
  }

  abandon(read: Read, reason: AbandonReason): void {
    const sent = read.requestId !== 0;
    this.#forget(read);
    this.#calls.fail(
      read.callId,
      this.#timeouts.judge(reason, { sent, refusal: read.refusal, outcome: 'not-applied' }),
    );
  }

  failAll(why: Failure): void {
    for (const read of [...this.#inFlight, ...this.#queue]) {
      this.#forget(read);
      this.#calls.fail(read.callId, why);
    }
  }

  #send(read: Read, frame: OutgoingFrame): boolean {
    const bytes = encodeOperation({
      requestId: read.requestId,
      command: undefined,
      seenRevision: this.#context.seenRevision,
      body: read.body,
    });
    if (!frame.hasRoomFor(bytes.byteLength)) return false;
    frame.addOperation(bytes);
    read.due = false;
    read.sentMs ??= this.#context.nowMs;
    this.#dueCount -= 1;
    return true;
  }

  #refused(read: Read, code: ErrorCode): void {
    read.refusal = code;
    this.#makeDue(read);
    const { nowMs } = this.#context;
    if (this.#retryMs <= nowMs) this.#retryMs = nowMs + this.#backoff.nextMs();
  }

  #makeDue(read: Read): void {
    read.due = true;
    this.#dueCount += 1;
  }

  #forget(read: Read): void {
    this.#queue.delete(read);
    this.#context.forget(read.requestId);
    if (this.#inFlight.delete(read) && read.due) this.#dueCount -= 1;
  }
}

class Read implements CallOwner, RequestOwner {
  readonly callId: CallId;
  readonly body: ReadBody;
  readonly #reads: Reads;
  requestId = 0;
  /** In flight, but to be sent (again). */
  due = false;
  refusal: ErrorCode | undefined;
  /** First sent on the current stream. */
  sentMs: number | undefined;

  constructor(callId: CallId, body: ReadBody, reads: Reads) {
    this.callId = callId;
    this.body = body;
    this.#reads = reads;
  }

  onResult(result: Result): void {
    this.#reads.onResult(this, result);
  }

  abandon(reason: AbandonReason): void {
    this.#reads.abandon(this, reason);
  }
}
