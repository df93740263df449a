interface TimerOptions {
  /** Lets `ring` be called after so long. */
  readonly begin: (delayMs: number, ring: () => void) => void;
  readonly delayMs: number;
  readonly repeats: boolean;
  readonly run: () => void;
}

/** As the timers of Node.js: at least a millisecond, never early, and no more once it is cleared. */
export class SimulatedTimer {
  readonly #options: TimerOptions;
  #cleared = false;

  constructor(options: TimerOptions) {
    this.#options = options;
    this.#begin();
  }

  clear(): void {
    this.#cleared = true;
  }

  /** What keeps a process alive is of no interest here. */
  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  #begin(): void {
    const { begin, delayMs } = this.#options;
    begin(delayMs >= 1 ? Math.trunc(delayMs) : 1, () => this.#ring());
  }

  #ring(): void {
    if (this.#cleared) return;
    if (this.#options.repeats) this.#begin();
    this.#options.run();
  }
}
