import type { Endpoint } from './endpoint-list.ts';
import type { StreamId } from './input.ts';
import { timing } from './settings.ts';

/** What is waited for on the current stream. */
export interface Expectation {
  /** Since when the oldest request has been unanswered. */
  readonly oldestSentMs: number | undefined;
  /** Events may come at any time. */
  readonly listening: boolean;
}

/** A stream to one node, from dialling it until it is given up. */
export class Stream {
  readonly id: StreamId;
  readonly endpoint: Endpoint;
  readonly startedMs: number;
  /** The next frame may be sent. */
  writable = false;
  heardMs: number;
  /** Asked whether anybody is there, and nothing has been heard since. */
  probedMs: number | undefined;

  constructor(id: StreamId, endpoint: Endpoint, nowMs: number) {
    this.id = id;
    this.endpoint = endpoint;
    this.startedMs = nowMs;
    this.heardMs = nowMs;
  }

  onHeard(nowMs: number): void {
    this.heardMs = nowMs;
    this.probedMs = undefined;
  }

  /** Patience begins anew. */
  forgive(nowMs: number): void {
    this.heardMs = nowMs;
    if (this.probedMs !== undefined) this.probedMs = nowMs;
  }

  /** `round`: of attempts at all endpoints; patience grows with it. */
  welcomeDeadlineMs(round: number): number {
    return this.heardMs + Math.min(timing.welcomeMsHigh, timing.welcomeMs * 2 ** Math.min(round, 8));
  }

  /** When to ask whether anybody is there; once asked, when to give it up. */
  silenceDeadlineMs({ oldestSentMs, listening }: Expectation): number {
    if (this.probedMs !== undefined) return this.probedMs + timing.silenceMs;
    if (oldestSentMs !== undefined) return Math.max(this.heardMs, oldestSentMs) + timing.probeMs;
    return listening ? this.heardMs + timing.idleProbeMs : Number.POSITIVE_INFINITY;
  }
}
