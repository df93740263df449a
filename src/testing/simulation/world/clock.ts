import type { Instant } from '../../../replica/input.ts';

/**
 * The clocks of one machine. They run at their own constant rate; `monotonicMs` starts anew with each boot of the process and
 * stands still while the machine is suspended, `uptimeMs` does neither.
 */
export class SimulatedClock {
  readonly rate: number;
  readonly #uptimeOffsetMs: number;
  /** True time at which the monotonic clock would have shown 0. */
  #epochUs: number;

  constructor(rate: number, epochUs: number, uptimeOffsetMs: number) {
    this.rate = rate;
    this.#epochUs = epochUs;
    this.#uptimeOffsetMs = uptimeOffsetMs;
  }

  /** The process starts anew: its monotonic clock shows `shownMs`. */
  restart(nowUs: number, shownMs: number): void {
    this.#epochUs = nowUs - (shownMs * 1000) / this.rate;
  }

  /** The monotonic clock stood still for so long. */
  standStill(durationUs: number): void {
    this.#epochUs += durationUs;
  }

  monotonicMs(nowUs: number): number {
    return Math.floor((nowUs - this.#epochUs) * this.rate) / 1000;
  }

  instant(nowUs: number): Instant {
    return {
      monotonicMs: this.monotonicMs(nowUs),
      uptimeMs: Math.floor(nowUs * this.rate) / 1000 + this.#uptimeOffsetMs,
    };
  }

  /** The true time at which the monotonic clock shows that, if it is not suspended. */
  trueTimeUs(monotonicMs: number): number {
    return (monotonicMs * 1000) / this.rate + this.#epochUs;
  }

  /** How long true time takes until the clock has advanced by so much. */
  trueDurationUs(localMs: number): number {
    return (localMs * 1000) / this.rate;
  }
}
