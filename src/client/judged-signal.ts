/** The signal's own accessors, which its overridden ones call. */
const { get: isAborted } = Object.getOwnPropertyDescriptor(AbortSignal.prototype, 'aborted') as {
  get: (this: AbortSignal) => boolean;
};
const { get: reasonOf } = Object.getOwnPropertyDescriptor(AbortSignal.prototype, 'reason') as {
  get: (this: AbortSignal) => unknown;
};

/**
 * A real AbortSignal that asks before it answers: whoever reads `aborted` or `reason`, or calls `throwIfAborted()`, gets the
 * truth of that moment, also when a stall has kept the event from being sent. `fetch` and `AbortSignal.any` read it so too.
 */
export class JudgedSignal {
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();

  /** `judge`: why the signal has to abort by now, if it has to. */
  constructor(judge: () => Error | undefined) {
    this.signal = this.#controller.signal;
    const { signal } = this;
    const check = (): void => {
      if (isAborted.call(signal)) return;
      const reason = judge();
      if (reason !== undefined) this.abort(reason);
    };
    Object.defineProperties(signal, {
      aborted: {
        get(): boolean {
          check();
          return isAborted.call(signal);
        },
      },
      reason: {
        get(): unknown {
          check();
          return reasonOf.call(signal);
        },
      },
      throwIfAborted: {
        value(): void {
          if (signal.aborted) throw signal.reason;
        },
      },
    });
  }

  abort(reason: Error): void {
    if (!isAborted.call(this.signal)) this.#controller.abort(reason);
  }
}
