import { ConclaveError } from '../../../client/index.ts';
import type { RunClock } from './run-clock.ts';
import type { OperationAnswer, OperationCall, OperationOutcome } from './worker-messages.ts';

/** Takes note of operations. */
export interface OperationLog {
  /** Resolves once the start is known outside of this process, come what may. */
  begin(process: string, call: OperationCall, start: number): Promise<number>;
  end(id: number, how: OperationOutcome): void;
}

/** The operation had no effect, though the call did not throw. */
export class NoEffect extends Error {
  override readonly name = 'NoEffect';
}

/** A process of the history: does one operation at a time, and goes on under a new name after one of unknown outcome. */
export class LogicalProcess {
  readonly #base: string;
  readonly #log: OperationLog;
  readonly #clock: RunClock;
  readonly #onCall: (process: string, call: OperationCall) => void;
  #generation = 0;
  #written = 0;

  constructor(
    base: string,
    log: OperationLog,
    clock: RunClock,
    onCall: (process: string, call: OperationCall) => void = () => undefined,
  ) {
    this.#base = base;
    this.#log = log;
    this.#clock = clock;
    this.#onCall = onCall;
  }

  get name(): string {
    return this.#generation === 0 ? this.#base : `${this.#base}~${this.#generation}`;
  }

  /** A value that nobody else writes. */
  newValue(): string {
    this.#written += 1;
    return `${this.#base}.${this.#written}`;
  }

  /** What was answered; undefined if nothing is known to have been done. */
  async run<T>(
    call: OperationCall,
    act: () => Promise<T>,
    answerOf: (answer: T) => OperationAnswer,
  ): Promise<T | undefined> {
    this.#onCall(this.name, call);
    const start = this.#clock.now();
    const id = await this.#log.begin(this.name, call, start);
    let answer: T;
    try {
      answer = await act();
    } catch (error) {
      this.#log.end(id, this.#outcomeOf(error));
      return undefined;
    }
    const end = this.#clock.now();
    this.#log.end(id, { outcome: 'ok', answer: answerOf(answer), end });
    return answer;
  }

  #outcomeOf(error: unknown): OperationOutcome {
    if (error instanceof NoEffect) return { outcome: 'fail', error: error.message, end: this.#clock.now() };
    const known = error instanceof ConclaveError;
    if (known && error.outcome === 'not-applied') return { outcome: 'fail', error: error.code, end: this.#clock.now() };
    this.#generation += 1;
    return { outcome: 'unknown', error: known ? error.code : `not a ConclaveError: ${String(error)}` };
  }
}
