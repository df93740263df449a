import { encodeObjectEvent } from '../../wire/event-codec.ts';
import type { Revision } from '../../wire/identifiers.ts';
import type { WatchTarget, WireEvent } from '../../wire/watch.ts';
import type { AbandonReason, CallOwner } from './calls.ts';
import type { CallId, WatchRequest } from './input.ts';

/**
 * due: to be created on the current stream (again) · asked: created there · paused: the consumer is slow, so that it was given
 * up there.
 */
type WatchPhase = 'due' | 'asked' | 'paused';

/** One watch of the program, over all the streams on which it is created in turn. */
export class WatchState implements CallOwner {
  readonly id: CallId;
  readonly target: WatchTarget;
  /** The program is told of progress, too. */
  readonly progress: boolean;
  readonly #onAbandoned: (watch: WatchState, reason: AbandonReason) => void;
  phase: WatchPhase = 'due';
  /** The first revision that has not been received whole; 0 while the service has not fixed the start. */
  next: Revision;
  /** The service has fixed the start, and the call has been settled. */
  started = false;
  /** Its name on the current stream: each creation has one of its own. */
  wireId = 0;
  sentMs = 0;
  retryMs = 0;
  /** Events of the revision that is under way. */
  partial: WireEvent[] = [];
  partialRevision = 0 as Revision;
  /** Given to the consumer, who has not taken it yet. */
  bufferedEvents = 0;
  bufferedBytes = 0;

  constructor(
    id: CallId,
    { target, fromRevision, progress }: WatchRequest,
    onAbandoned: (watch: WatchState, reason: AbandonReason) => void,
  ) {
    this.id = id;
    this.target = target;
    this.progress = progress;
    this.next = fromRevision;
    this.#onAbandoned = onAbandoned;
  }

  get rangeBytes(): number {
    const { from, to } = this.target.range;
    return from.byteLength + (typeof to === 'string' ? 0 : to.byteLength) + 64;
  }

  abandon(reason: AbandonReason): void {
    this.#onAbandoned(this, reason);
  }
}

/** Roughly what events occupy. */
export function eventBytes(events: readonly WireEvent[]): number {
  let bytes = 0;
  for (const event of events) {
    bytes += 128;
    if (event.type === 'put' || event.type === 'delete') {
      bytes += event.key.byteLength + (event.previous?.value.byteLength ?? 0);
      if (event.type === 'put') bytes += event.entry.value.byteLength;
    } else {
      bytes += encodeObjectEvent(event).byteLength;
    }
  }
  return bytes;
}
