import type { SignalSource } from '../context.ts';

const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const satisfies readonly NodeJS.Signals[];

/** Ctrl-C under npm comes twice, from the terminal and from npm. */
const repetitionMs = 1_000;

const parentCheckMs = 250;

/** The wish to stop: the first says so, a later one that is no mere repetition says at once. */
export class StopRequest {
  readonly #source: SignalSource;
  readonly #now: () => number;
  readonly #stop = new AbortController();
  readonly #kill = new AbortController();
  #firstMs: number | undefined;
  #parentTimer: NodeJS.Timeout | undefined;

  constructor(source: SignalSource, now: () => number = () => performance.now()) {
    this.#source = source;
    this.#now = now;
    for (const signal of stopSignals) source.on(signal, this.#onSignal);
  }

  /** Aborted when everything is to stop. */
  get stop(): AbortSignal {
    return this.#stop.signal;
  }

  /** Aborted when nothing is to be waited for any more. */
  get kill(): AbortSignal {
    return this.#kill.signal;
  }

  /** npm passes INT and TERM on, but ends silently by HUP and KILL: then the parent process is another one. */
  stopWithoutParent(parent: () => number): void {
    const first = parent();
    this.#parentTimer = setInterval(() => {
      if (parent() !== first) this.#stop.abort();
    }, parentCheckMs);
  }

  close(): void {
    clearInterval(this.#parentTimer);
    for (const signal of stopSignals) this.#source.off(signal, this.#onSignal);
  }

  readonly #onSignal = (): void => {
    this.#firstMs ??= this.#now();
    this.#stop.abort();
    if (this.#now() - this.#firstMs > repetitionMs) this.#kill.abort();
  };
}
