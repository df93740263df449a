import type { Acquisition } from './acquisition.ts';
import type { OutgoingFrame } from './outgoing-frame.ts';
import type { Session } from './session.ts';
import { timing } from './settings.ts';

/**
 * Acquisitions that the service has in a queue, or holds for this client, and when it is asked for them: all on a new stream, since news
 * may have been lost with the old one, and those that wait also now and then.
 */
export class LockPlaces {
  /** By session and sequence. */
  readonly #places = new Map<string, Acquisition>();
  readonly #toAsk = new Set<Acquisition>();
  #queuedCount = 0;
  #nextAskMs = Number.POSITIVE_INFINITY;

  get isWaiting(): boolean {
    return this.#queuedCount > 0;
  }

  /** Queued or held, as its phase says. */
  add(acquisition: Acquisition): void {
    this.#places.set(placeKey(acquisition.session, acquisition.sequence), acquisition);
    if (acquisition.phase === 'queued') this.#queuedCount += 1;
  }

  /** Before its phase changes. */
  remove(acquisition: Acquisition): void {
    this.#toAsk.delete(acquisition);
    const { session, sequence, phase } = acquisition;
    if (sequence !== 0 && this.#places.delete(placeKey(session, sequence)) && phase === 'queued')
      this.#queuedCount -= 1;
  }

  find(session: Session, sequence: number): Acquisition | undefined {
    return this.#places.get(placeKey(session, sequence));
  }

  ask(acquisition: Acquisition): void {
    this.#toAsk.add(acquisition);
  }

  askAll(): void {
    for (const acquisition of this.#places.values()) this.#toAsk.add(acquisition);
  }

  askWithin(delayMs: number, nowMs: number): void {
    if (this.#nextAskMs > nowMs + delayMs || this.#nextAskMs <= nowMs) this.#nextAskMs = nowMs + delayMs;
  }

  nextDeadlineMs(): number {
    return this.isWaiting ? this.#nextAskMs : Number.POSITIVE_INFINITY;
  }

  advance(nowMs: number): void {
    if (this.#nextAskMs > nowMs) return;
    for (const acquisition of this.#places.values()) if (acquisition.phase === 'queued') this.#toAsk.add(acquisition);
    this.#nextAskMs = nowMs + timing.grantQueryMs;
  }

  fill(frame: OutgoingFrame): void {
    for (const acquisition of this.#toAsk) {
      const { session, sequence, name } = acquisition;
      if (!frame.hasRoomFor(3 * name.length)) return;
      this.#toAsk.delete(acquisition);
      if (session.ref !== undefined) frame.addGrantQuery({ ...session.ref, sequence, name });
    }
  }
}

function placeKey(session: Session, sequence: number): string {
  return `${session.serial}/${sequence}`;
}
