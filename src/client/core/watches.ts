import { assert } from '../../wire/assert.ts';
import type { WatchBatchNotice, WatchNotice } from '../../wire/frame.ts';
import type { Revision } from '../../wire/identifiers.ts';
import type { WireError } from '../../wire/result.ts';
import type { WireEvent } from '../../wire/watch.ts';
import { Backoff } from './backoff.ts';
import type { AbandonReason, Calls } from './calls.ts';
import type { CoreContext } from './context.ts';
import type { Failure } from './effect.ts';
import { failure, failureOf, verdictOf } from './failure.ts';
import type { CallId, WatchRequest } from './input.ts';
import type { OutgoingFrame } from './outgoing-frame.ts';
import { bounds, timing } from './settings.ts';
import type { TimeoutJudge } from './timeout.ts';
import { eventBytes, WatchState } from './watch-state.ts';

/**
 * Watches of this client. Each is created on the current stream from the first revision that it has not received whole, so
 * that a new stream leaves no gap and repeats nothing; what arrived in part is thrown away. A slow consumer makes no buffer
 * grow: its watch is given up in the service, and created again when there is room.
 */
export class Watches {
  readonly #context: CoreContext;
  readonly #calls: Calls;
  readonly #timeouts: TimeoutJudge;
  readonly #backoff: Backoff;
  readonly #watches = new Map<CallId, WatchState>();
  /** Those created on the current stream. */
  readonly #byWireId = new Map<number, WatchState>();
  readonly #due = new Set<WatchState>();
  /** Created on the current stream without an answer yet, oldest first. */
  readonly #unanswered = new Set<WatchState>();
  readonly #cancels = new Set<number>();
  #lastWireId = 0;

  constructor(context: CoreContext, calls: Calls, timeouts: TimeoutJudge) {
    this.#context = context;
    this.#calls = calls;
    this.#timeouts = timeouts;
    this.#backoff = new Backoff(context.random, timing.refusedMs, timing.refusedMsHigh);
  }

  get isListening(): boolean {
    return this.#byWireId.size > 0;
  }

  /** Since when a creation has been unanswered on this stream. */
  get oldestSentMs(): number | undefined {
    for (const { sentMs } of this.#unanswered) return sentMs;
    return undefined;
  }

  open(callId: CallId, request: WatchRequest, timeoutMs: number): void {
    const watch = new WatchState(callId, request, (abandoned, reason) => this.#abandon(abandoned, reason));
    this.#calls.add(callId, watch, timeoutMs);
    this.#watches.set(callId, watch);
    this.#due.add(watch);
  }

  /** The consumer has taken so much. */
  consumed(watchId: CallId, events: number, bytes: number): void {
    const watch = this.#watches.get(watchId);
    if (watch === undefined) return;
    watch.bufferedEvents -= events;
    watch.bufferedBytes -= bytes;
    assert(watch.bufferedEvents >= 0 && watch.bufferedBytes >= 0, 'a consumer takes no more than it was given');
    const hasRoom = watch.bufferedEvents <= bounds.watchEvents / 4 && watch.bufferedBytes <= bounds.watchBytes / 4;
    if (watch.phase === 'paused' && hasRoom) this.#makeDue(watch);
  }

  /** The consumer wants no more. */
  close(watchId: CallId): void {
    const watch = this.#watches.get(watchId);
    if (watch !== undefined) this.#forget(watch);
  }

  endAll(why: Failure | undefined): void {
    for (const watch of [...this.#watches.values()]) {
      this.#forget(watch);
      if (watch.started) this.#context.emit({ type: 'watchEnded', watchId: watch.id, failure: why });
      else this.#calls.fail(watch.id, why ?? failure('CLOSED', 'the client was closed', 'not-applied'));
    }
  }

  onNewStream(): void {
    this.#byWireId.clear();
    this.#unanswered.clear();
    this.#cancels.clear();
    for (const watch of this.#watches.values()) {
      watch.partial = [];
      watch.retryMs = 0;
      if (watch.phase === 'asked') this.#makeDue(watch);
    }
  }

  fill(frame: OutgoingFrame): void {
    for (const wireId of this.#cancels) {
      if (!frame.hasRoomFor(0)) return;
      this.#cancels.delete(wireId);
      frame.addWatchCancel(wireId);
    }
    const { nowMs, seenRevision } = this.#context;
    for (const watch of this.#due) {
      if (watch.retryMs > nowMs) continue;
      if (!frame.hasRoomFor(watch.rangeBytes)) return;
      this.#due.delete(watch);
      this.#lastWireId += 1;
      watch.wireId = this.#lastWireId;
      watch.phase = 'asked';
      watch.sentMs = nowMs;
      this.#unanswered.add(watch);
      this.#byWireId.set(watch.wireId, watch);
      frame.addWatchCreate({ watchId: watch.wireId, target: watch.target, fromRevision: watch.next, seenRevision });
    }
  }

  nextDeadlineMs(): number {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const { retryMs } of this.#due) if (retryMs > this.#context.nowMs) nextMs = Math.min(nextMs, retryMs);
    return nextMs;
  }

  onNotice({ watchIds, notice }: WatchNotice): void {
    if (notice.kind === 'batch') {
      this.#onBatch(watchIds, notice);
      return;
    }
    if (notice.kind === 'progress') {
      this.#onProgress(watchIds, notice.revision);
      return;
    }
    for (const wireId of watchIds) {
      const watch = this.#byWireId.get(wireId);
      if (watch === undefined) continue;
      if (notice.kind === 'created') this.#onCreated(watch, notice.startRevision);
      else this.#onEnded(watch, notice.error);
    }
  }

  #onCreated(watch: WatchState, startRevision: Revision): void {
    this.#unanswered.delete(watch);
    this.#backoff.reset();
    if (watch.next !== 0 && startRevision > watch.next) {
      const message = `the watch was to resume at revision ${watch.next}, but was resumed at ${startRevision}`;
      this.#end(watch, failure('PROTOCOL_ERROR', message, 'not-applied'));
      return;
    }
    if (watch.next === 0) watch.next = startRevision;
    if (watch.started) return;
    watch.started = true;
    this.#calls.settle(watch.id, { type: 'watching', startRevision: watch.next });
  }

  /** A revision that came in one piece is given to all of its watches at once. */
  #onBatch(watchIds: readonly number[], { revision, events, partial }: WatchBatchNotice): void {
    const together: WatchState[] = [];
    for (const wireId of watchIds) {
      const watch = this.#byWireId.get(wireId);
      if (watch === undefined || !watch.started || revision < watch.next) continue;
      if (!partial && watch.partial.length === 0) together.push(watch);
      else this.#onPart(watch, revision, events, partial);
    }
    if (together.length > 0) this.#give(together, revision, events);
  }

  #onPart(watch: WatchState, revision: Revision, events: readonly WireEvent[], partial: boolean): void {
    if (watch.partial.length > 0 && watch.partialRevision !== revision) {
      // Part of a revision is missing: from its beginning again.
      this.#dropOnStream(watch);
      this.#makeDue(watch);
      return;
    }
    watch.partialRevision = revision;
    for (const event of events) watch.partial.push(event);
    if (partial) return;
    const whole = watch.partial;
    watch.partial = [];
    this.#give([watch], revision, whole);
  }

  #give(watches: readonly WatchState[], revision: Revision, events: readonly WireEvent[]): void {
    const bytes = eventBytes(events);
    const watchIds: CallId[] = [];
    for (const watch of watches) {
      watch.next = (revision + 1) as Revision;
      watch.bufferedEvents += events.length;
      watch.bufferedBytes += bytes;
      watchIds.push(watch.id);
      if (watch.bufferedEvents > bounds.watchEvents || watch.bufferedBytes > bounds.watchBytes) this.#pause(watch);
    }
    this.#context.see(revision);
    this.#context.progressed = true;
    this.#context.emit({ type: 'watchBatch', watchIds, revision, events, bytes });
  }

  /** A node that is cut off may repeat its last mark for ever: only a new one shows that it does its work. */
  #onProgress(wireIds: readonly number[], revision: Revision): void {
    if (revision > this.#context.seenRevision) this.#context.progressed = true;
    this.#context.see(revision);
    const told: CallId[] = [];
    for (const wireId of wireIds) {
      const watch = this.#byWireId.get(wireId);
      if (watch === undefined || !watch.started || watch.partial.length > 0 || revision + 1 < watch.next) continue;
      watch.next = (revision + 1) as Revision;
      if (watch.progress) told.push(watch.id);
    }
    if (told.length > 0) this.#context.emit({ type: 'watchProgress', watchIds: told, revision });
  }

  #onEnded(watch: WatchState, error: WireError): void {
    const verdict = verdictOf(error.code);
    if (verdict !== 'refused' && verdict !== 'ambiguous') {
      this.#end(watch, failureOf(error, 'not-applied'));
      return;
    }
    this.#byWireId.delete(watch.wireId);
    this.#unanswered.delete(watch);
    watch.partial = [];
    this.#makeDue(watch);
    watch.retryMs = this.#context.nowMs + this.#backoff.nextMs();
  }

  #end(watch: WatchState, why: Failure): void {
    this.#forget(watch);
    if (watch.started) this.#context.emit({ type: 'watchEnded', watchId: watch.id, failure: why });
    else this.#calls.fail(watch.id, why);
  }

  #pause(watch: WatchState): void {
    this.#dropOnStream(watch);
    watch.phase = 'paused';
  }

  #makeDue(watch: WatchState): void {
    watch.phase = 'due';
    this.#due.add(watch);
  }

  #abandon(watch: WatchState, reason: AbandonReason): void {
    this.#forget(watch);
    const attempts = { sent: watch.wireId !== 0, refusal: undefined, outcome: 'not-applied' } as const;
    this.#calls.fail(watch.id, this.#timeouts.judge(reason, attempts));
  }

  #forget(watch: WatchState): void {
    this.#dropOnStream(watch);
    this.#due.delete(watch);
    this.#watches.delete(watch.id);
  }

  #dropOnStream(watch: WatchState): void {
    if (!this.#byWireId.delete(watch.wireId)) return;
    this.#unanswered.delete(watch);
    this.#cancels.add(watch.wireId);
    watch.partial = [];
  }
}
