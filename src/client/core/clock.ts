import { assert } from '../../wire/assert.ts';
import type { Instant } from '../../wire/clock-reader.ts';

/**
 * Milliseconds since the first reading, by whichever of the two clocks has gone further: a lease does not live longer because
 * the machine slept. What the time since boot was once ahead stays counted, so that elapsed time never goes back either.
 */
export class ElapsedClock {
  #origin: Instant | undefined;
  #monotonicMs = 0;
  #suspendedMs = 0;

  read(instant: Instant): number {
    this.#origin ??= instant;
    const monotonicMs = instant.monotonicMs - this.#origin.monotonicMs;
    assert(monotonicMs >= this.#monotonicMs, 'the monotonic clock went back');
    this.#monotonicMs = monotonicMs;
    const aheadMs = instant.uptimeMs - this.#origin.uptimeMs - monotonicMs;
    if (aheadMs > this.#suspendedMs) this.#suspendedMs = aheadMs;
    return monotonicMs + this.#suspendedMs;
  }

  /** The monotonic reading at which `elapsedMs` will be reached, if the machine is not suspended until then. */
  monotonicAt(elapsedMs: number): number {
    return (this.#origin?.monotonicMs ?? 0) + elapsedMs - this.#suspendedMs;
  }
}
