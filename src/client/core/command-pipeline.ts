import { assert } from '../../wire/assert.ts';
import type { ErrorCode } from '../../wire/errors.ts';
import type { SessionRef } from '../../wire/frame.ts';
import type { Revision, Sequence } from '../../wire/identifiers.ts';
import { limits } from '../../wire/limits.ts';
import type { OperationBody } from '../../wire/operation.ts';
import { encodeOperation } from '../../wire/operation-codec.ts';
import type { Result } from '../../wire/result.ts';
import { Backoff } from './backoff.ts';
import type { Command } from './command.ts';
import type { CoreContext } from './context.ts';
import { failure, failureOf, verdictOf } from './failure.ts';
import type { OutgoingFrame } from './outgoing-frame.ts';
import { bounds, timing } from './settings.ts';

/** Takes a number and changes nothing. */
const fillerBody: OperationBody = { kind: 'transaction', if: [], then: [], else: [] };

/**
 * The commands of one session, in the order of the calls.
 *
 * A command gets its number and its bytes when it is sent first; whatever happens then, exactly these bytes are sent until
 * the number has been answered, in order, on whichever stream. A number that surely had no effect, and whose caller gave up,
 * is taken by a filler, since the service takes no later number before it.
 */
export class CommandPipeline {
  readonly #context: CoreContext;
  readonly #onEnded: () => void;
  /** Not numbered yet, and waited for. */
  readonly #queue = new Set<Command>();
  readonly #inFlight = new Map<number, Command>();
  /** Answered, while an earlier number is not. */
  readonly #answered = new Set<number>();
  readonly #backoff: Backoff;
  #session: SessionRef | undefined;
  #queuedBytes = 0;
  #lastSequence = 0;
  #acknowledged = 0;
  #dueCount = 0;
  /** Nothing is sent again before this. */
  #retryMs = 0;
  #outOfOrderCount = 0;
  /** The newest answer to what opens the session, if it was a refusal. */
  openingRefusal: ErrorCode | undefined;

  /** `onEnded`: the service has said that the session is over, or counts otherwise than this side. */
  constructor(context: CoreContext, onEnded: () => void) {
    this.#context = context;
    this.#onEnded = onEnded;
    this.#backoff = new Backoff(context.random, timing.refusedMs, timing.refusedMsHigh);
  }

  /** From now on commands may be numbered, above the last number that was taken, and sent. */
  open(session: SessionRef, lastSequence: number): void {
    this.#session = session;
    this.#lastSequence = lastSequence;
    this.#acknowledged = lastSequence;
  }

  get isEmpty(): boolean {
    return this.#queue.size === 0 && this.#inFlight.size === 0;
  }

  get hasQueued(): boolean {
    return this.#queue.size > 0;
  }

  /** Since when the oldest command has been without an answer on this stream. */
  get oldestSentMs(): number | undefined {
    return this.#oldest()?.sentMs;
  }

  /** When there will be something to send that must not be sent yet. */
  get nextDeadlineMs(): number {
    return this.#dueCount > 0 && this.#retryMs > this.#context.nowMs ? this.#retryMs : Number.POSITIVE_INFINITY;
  }

  hasRoomFor(payloadBytes: number): boolean {
    return this.#queue.size < bounds.queuedCalls && this.#queuedBytes + payloadBytes <= bounds.queuedBytes;
  }

  enqueue(command: Command): void {
    this.#queue.add(command);
    this.#queuedBytes += command.payloadBytes;
  }

  /** Nobody waits for it any longer. Returns what is known of its effect. */
  abandon(command: Command): 'not-applied' | 'unknown' {
    const { outcome } = command;
    command.listener = undefined;
    if (command.state === 'queued') {
      command.state = 'over';
      this.#dequeue(command);
    } else if (command.state !== 'over' && outcome === 'not-applied') {
      this.#fill(command);
    }
    return outcome;
  }

  /** What was sent on the old stream may or may not have arrived. */
  onNewStream(): void {
    for (const command of this.#inFlight.values()) {
      if (command.state === 'waiting') {
        command.uncertain = true;
        this.#makeDue(command);
      }
      command.sentMs = undefined;
    }
    this.#retryMs = this.#context.nowMs;
  }

  /** Adds what may be sent now: what is to be sent again first, then what is new. Returns whether all of it had room. */
  fill(frame: OutgoingFrame): boolean {
    if (this.#session === undefined) return true;
    if (this.#dueCount > 0) {
      if (this.#retryMs > this.#context.nowMs) return true;
      for (const command of this.#inFlight.values()) {
        if (command.state === 'due' && !this.#send(command, frame)) return false;
      }
    }
    for (const command of this.#queue) {
      if (this.#lastSequence - this.#acknowledged >= limits.unacknowledgedResults) return true;
      this.#dequeue(command);
      this.#number(command);
      if (!this.#send(command, frame)) return false;
    }
    return true;
  }

  onResult(command: Command, result: Result): void {
    if (command.state !== 'waiting') return;
    const { body } = result;
    if (body.kind !== 'error') {
      this.#progress();
      this.#finish(command);
      command.listener?.onDone(result);
      return;
    }
    const verdict = verdictOf(body.code);
    if (verdict === 'refused' || verdict === 'outOfOrder' || verdict === 'ambiguous') {
      // Out of order says nothing of other copies: nodes send a command again by themselves when the leader changes.
      if (verdict !== 'refused') command.uncertain = true;
      this.#refused(command, body.code);
      return;
    }
    this.#progress();
    const { listener } = command;
    if (verdict === 'sessionEnded') {
      this.#finish(command);
      listener?.onFailed(failureOf(body, command.uncertain ? 'unknown' : 'not-applied'));
      this.#onEnded();
    } else if (verdict === 'rejected' && !command.filler) {
      const outcome = command.uncertain || body.code === 'INTERNAL' ? 'unknown' : 'not-applied';
      this.#makeDue(command);
      this.#fill(command);
      listener?.onFailed(failureOf(body, outcome));
    } else {
      this.#finish(command);
      listener?.onFailed(failureOf(body, body.code === 'RESULT_FORGOTTEN' ? 'unknown' : 'not-applied'));
    }
  }

  /** The session is over: nothing is carried over to another. */
  endAll(code: ErrorCode, message: string): void {
    const commands = [...this.#inFlight.values(), ...this.#queue];
    this.#inFlight.clear();
    this.#queue.clear();
    this.#queuedBytes = 0;
    this.#dueCount = 0;
    for (const command of commands) {
      const { listener, outcome, requestId } = command;
      command.state = 'over';
      command.listener = undefined;
      if (requestId !== 0) this.#context.forget(requestId);
      listener?.onFailed(failure(code, message, outcome));
    }
  }

  #dequeue(command: Command): void {
    if (this.#queue.delete(command)) this.#queuedBytes -= command.payloadBytes;
  }

  #number(command: Command): void {
    this.#lastSequence += 1;
    command.sequence = this.#lastSequence;
    command.requestId = this.#context.newRequest({ onResult: (result) => this.onResult(command, result) });
    this.#encode(command);
    this.#inFlight.set(command.sequence, command);
    this.#makeDue(command);
  }

  #encode(command: Command): void {
    const session = this.#session;
    assert(session !== undefined, 'a command was numbered before its session was open');
    command.bytes = encodeOperation({
      requestId: command.requestId,
      command: {
        sessionId: session.sessionId,
        generation: session.generation,
        sequence: command.sequence as Sequence,
        acknowledged: this.#acknowledged,
      },
      seenRevision: 0 as Revision,
      body: command.body,
    });
  }

  #send(command: Command, frame: OutgoingFrame): boolean {
    const bytes = command.bytes as Uint8Array;
    if (!frame.hasRoomFor(bytes.byteLength)) return false;
    frame.addOperation(bytes);
    command.state = 'waiting';
    command.attempts += 1;
    command.sentMs ??= this.#context.nowMs;
    this.#dueCount -= 1;
    return true;
  }

  #makeDue(command: Command): void {
    command.state = 'due';
    this.#dueCount += 1;
  }

  #refused(command: Command, code: ErrorCode): void {
    command.refusal = code;
    this.#makeDue(command);
    const unwanted = command.listener === undefined && !command.uncertain;
    if (unwanted && !command.filler) this.#fill(command);
    const { nowMs } = this.#context;
    if (this.#retryMs <= nowMs) this.#retryMs = nowMs + this.#backoff.nextMs();
    if (code !== 'OUT_OF_ORDER' || this.#oldest() !== command) return;
    this.#outOfOrderCount += 1;
    if (this.#outOfOrderCount > bounds.outOfOrder) this.#onEnded();
  }

  /** A number that has had no effect is taken by a command that has none. */
  #fill(command: Command): void {
    command.filler = true;
    command.body = fillerBody;
    this.#encode(command);
  }

  #finish(command: Command): void {
    command.state = 'over';
    this.#context.forget(command.requestId);
    this.#inFlight.delete(command.sequence);
    this.#answered.add(command.sequence);
    while (this.#answered.delete(this.#acknowledged + 1)) this.#acknowledged += 1;
  }

  #progress(): void {
    this.#backoff.reset();
    this.#outOfOrderCount = 0;
    this.#context.progressed = true;
  }

  #oldest(): Command | undefined {
    for (const command of this.#inFlight.values()) return command;
    return undefined;
  }
}
