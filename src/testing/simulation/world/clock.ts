import type { Instant } from '../../../wire/clock-reader.ts';
import { ClockReader } from '../../../wire/clock-reader.ts';
import type { EventQueue } from './event-queue.ts';

/** What the operating system of a machine shows, in milliseconds, and how it errs. */
export interface ClockTraits {
  /** Milliseconds by every clock of the machine per true millisecond. */
  readonly rate: number;
  /** True time at which the monotonic clock would have shown 0. */
  readonly epochUs: number;
  readonly uptimeOffsetMs: number;
  /** The time since boot is shown in steps of so much. */
  readonly uptimeGrainMs: number;
}

/**
 * The clocks of one machine. They run at one constant rate. `monotonicMs` starts anew with each boot of the process and stands
 * still while the machine is suspended; `uptimeMs` does neither; `wallMs` does not stand still either, but is set now and then.
 */
export class SimulatedClock {
  readonly rate: number;
  readonly #uptimeOffsetMs: number;
  readonly #uptimeGrainMs: number;
  /** Whole microseconds: a suspension moves it exactly, so that nothing ever seems to go back. */
  #epochUs: number;
  #wallOffsetMs = 1_700_000_000_000;

  constructor({ rate, epochUs, uptimeOffsetMs, uptimeGrainMs }: ClockTraits) {
    this.rate = rate;
    this.#epochUs = Math.round(epochUs);
    this.#uptimeOffsetMs = uptimeOffsetMs;
    this.#uptimeGrainMs = uptimeGrainMs;
  }

  /** The process starts anew: its monotonic clock shows about `shownMs`. */
  restart(nowUs: number, shownMs: number): void {
    this.#epochUs = Math.round(nowUs - (shownMs * 1000) / this.rate);
  }

  /** The monotonic clock stood still for so long. */
  standStill(durationUs: number): void {
    this.#epochUs += Math.round(durationUs);
  }

  /** Somebody moves the hands of the wall clock. */
  setWall(byMs: number): void {
    this.#wallOffsetMs += byMs;
  }

  monotonicMs(nowUs: number): number {
    return Math.floor((nowUs - this.#epochUs) * this.rate) / 1000;
  }

  /** Since the machine was started, suspended or not, as exactly as the machine itself knows it. */
  sinceBootMs(nowUs: number): number {
    return Math.floor(nowUs * this.rate) / 1000 + this.#uptimeOffsetMs;
  }

  /** The same as the operating system shows it. */
  uptimeMs(nowUs: number): number {
    const exactMs = this.sinceBootMs(nowUs);
    return this.#uptimeGrainMs === 0 ? exactMs : Math.floor(exactMs / this.#uptimeGrainMs) * this.#uptimeGrainMs;
  }

  wallMs(nowUs: number): number {
    return Math.floor((nowUs * this.rate) / 1000) + this.#wallOffsetMs;
  }

  instant(nowUs: number): Instant {
    return { monotonicMs: this.monotonicMs(nowUs), uptimeMs: this.uptimeMs(nowUs) };
  }

  /** The true time at which the monotonic clock shows that, if it is not suspended. */
  trueTimeUs(monotonicMs: number): number {
    return (monotonicMs * 1000) / this.rate + this.#epochUs;
  }

  /** The true time at which so much has passed since the machine was started. */
  trueTimeSinceBootUs(sinceBootMs: number): number {
    return ((sinceBootMs - this.#uptimeOffsetMs) * 1000) / this.rate;
  }

  /** How long true time takes until the clock has advanced by so much. */
  trueDurationUs(localMs: number): number {
    return (localMs * 1000) / this.rate;
  }
}

/** As the product reads the clocks of its machine: anew for each process. */
export function readerOf(clock: SimulatedClock, queue: Pick<EventQueue, 'nowUs'>): ClockReader {
  return new ClockReader({
    monotonicMs: () => clock.monotonicMs(queue.nowUs),
    wallMs: () => clock.wallMs(queue.nowUs),
    uptimeMs: () => clock.uptimeMs(queue.nowUs),
  });
}
