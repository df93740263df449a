import type { SignalSource } from '../context.ts';

const terminalSignals = ['SIGINT', 'SIGQUIT'] as const satisfies readonly NodeJS.Signals[];
const otherSignals = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const satisfies readonly NodeJS.Signals[];

/** What a signal is sent to. */
export interface SignalTarget {
  kill(signal: NodeJS.Signals): unknown;
}

/**
 * Takes every signal of `conclave lock` and `conclave elect` from the first instant on. Before a child runs, the first one ends
 * the wait. While it runs, signals are passed on; INT and QUIT only if standard input is no terminal, for a terminal sends them to
 * the whole foreground group, the child included.
 */
export class SignalRelay {
  readonly #source: SignalSource;
  readonly #passesTerminalSignals: boolean;
  readonly #wait = new AbortController();
  #interruption: NodeJS.Signals | undefined;
  #target: SignalTarget | 'none yet' | 'gone' = 'none yet';

  constructor(source: SignalSource, options: { readonly stdinIsTerminal: boolean }) {
    this.#source = source;
    this.#passesTerminalSignals = !options.stdinIsTerminal;
    for (const signal of [...terminalSignals, ...otherSignals]) source.on(signal, this.#onSignal);
  }

  /** Aborted by the first signal that comes before a child runs. */
  get waitSignal(): AbortSignal {
    return this.#wait.signal;
  }

  /** The signal that ended the wait. */
  get interruption(): NodeJS.Signals | undefined {
    return this.#interruption;
  }

  /** From here on signals go to the child. */
  passTo(target: SignalTarget): void {
    this.#target = target;
  }

  /** The child has ended: what comes now has nobody to go to, and the lock is being released. */
  targetGone(): void {
    this.#target = 'gone';
  }

  close(): void {
    for (const signal of [...terminalSignals, ...otherSignals]) this.#source.off(signal, this.#onSignal);
  }

  readonly #onSignal = (signal: NodeJS.Signals): void => {
    if (this.#target === 'gone') return;
    if (this.#target === 'none yet') {
      this.#interruption ??= signal;
      this.#wait.abort();
      return;
    }
    const fromTerminal = terminalSignals.some((name) => name === signal);
    if (!fromTerminal || this.#passesTerminalSignals) this.#target.kill(signal);
  };
}
