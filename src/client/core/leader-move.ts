import type { LeaderHint } from '../../wire/frame.ts';
import type { Endpoint, EndpointList } from './endpoint-list.ts';
import { timing } from './settings.ts';

/** When and where to the client moves to be with the leader, which saves a step on the way of each request. */
export class LeaderMove {
  readonly #endpoints: EndpointList;
  #hint: LeaderHint | undefined;
  #intervalMs: number = timing.leaderMoveMs;
  #notBeforeMs = 0;

  constructor(endpoints: EndpointList) {
    this.#endpoints = endpoints;
  }

  onHint(hint: LeaderHint | undefined): void {
    this.#hint = hint;
  }

  /** Away from `current`, if that is not the leader's. */
  target(current: Endpoint): Endpoint | undefined {
    return this.#hint === undefined ? undefined : this.#endpoints.leaderOtherThan(current, this.#hint);
  }

  /** `openingSinceMs`: a session that is being opened on the current stream, and would be opened once more on another. */
  atMs(target: Endpoint, openingSinceMs: number | undefined): number {
    const openedMs = openingSinceMs === undefined ? 0 : openingSinceMs + timing.openingMs;
    return Math.max(this.#notBeforeMs, target.avoidUntilMs, openedMs);
  }

  /** Nodes that name each other must not make it run between them. */
  begin(nowMs: number): void {
    if (nowMs - this.#notBeforeMs >= timing.provenMs) this.#intervalMs = timing.leaderMoveMs;
    this.#notBeforeMs = nowMs + this.#intervalMs;
    this.#intervalMs = Math.min(timing.leaderMoveMsHigh, this.#intervalMs * 2);
  }
}
