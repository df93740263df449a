import type { LockDelay } from '../machine/applied.ts';

/** The cause that its end will name. */
export type DueDelay = Pick<LockDelay, 'name' | 'sinceRevision'>;

interface Deadline extends DueDelay {
  atMs: number;
  /** Its end has been proposed. */
  ending: boolean;
}

/**
 * When locks that a delay keeps closed are opened, as only a serving leader may say. A new leader waits the whole delay again. The delay
 * is stretched by the bound on clock rates, so that it is never shorter than asked for.
 */
export class LockDelayClock {
  #driftPermille = 0;
  readonly #deadlines = new Map<string, Deadline>();
  /** No deadline is earlier. */
  #earliestMs = Number.POSITIVE_INFINITY;

  restart(delays: Iterable<LockDelay>, driftPermille: number, nowMs: number): void {
    this.stop();
    this.#driftPermille = driftPermille;
    for (const delay of delays) this.began(delay, nowMs);
  }

  stop(): void {
    this.#deadlines.clear();
    this.#earliestMs = Number.POSITIVE_INFINITY;
  }

  /** Takes the place of an earlier delay of the same lock. */
  began({ name, sinceRevision, delayMs }: LockDelay, nowMs: number): void {
    const atMs = nowMs + Math.ceil((delayMs * (1000 + this.#driftPermille)) / 1000);
    this.#deadlines.set(name, { name, sinceRevision, atMs, ending: false });
    this.#earliestMs = Math.min(this.#earliestMs, atMs);
  }

  ended(name: string): void {
    this.#deadlines.delete(name);
  }

  /** Delays whose time is over, each once; in the order in which they began. */
  takeDue(nowMs: number): readonly DueDelay[] {
    if (nowMs < this.#earliestMs) return [];
    const due: DueDelay[] = [];
    let earliestMs = Number.POSITIVE_INFINITY;
    for (const deadline of this.#deadlines.values()) {
      if (deadline.ending) continue;
      if (deadline.atMs <= nowMs) {
        deadline.ending = true;
        due.push(deadline);
      } else {
        earliestMs = Math.min(earliestMs, deadline.atMs);
      }
    }
    this.#earliestMs = earliestMs;
    return due;
  }

  /** Time left in ms, for operators. */
  remainingMs(name: string, nowMs: number): number | undefined {
    const deadline = this.#deadlines.get(name);
    return deadline === undefined ? undefined : Math.max(0, deadline.atMs - nowMs);
  }

  /** The end could not be queued: judged again at the next tick. */
  notProposed({ name, sinceRevision }: DueDelay): void {
    const deadline = this.#deadlines.get(name);
    if (deadline === undefined || deadline.sinceRevision !== sinceRevision) return;
    deadline.ending = false;
    this.#earliestMs = Math.min(this.#earliestMs, deadline.atMs);
  }
}
