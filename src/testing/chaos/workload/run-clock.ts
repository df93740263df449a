/** Nanoseconds since the run's start. On Linux `hrtime` is CLOCK_MONOTONIC, one for all processes of the machine. */
export class RunClock {
  readonly #startedNs: bigint;

  constructor(startedNs: bigint) {
    this.#startedNs = startedNs;
  }

  now(): number {
    return Number(process.hrtime.bigint() - this.#startedNs);
  }
}
