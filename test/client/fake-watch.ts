import type { Watch, WatchBatch } from '../../src/client/index.ts';
import type { KeyRange } from '../../src/wire/operation.ts';

/** Gives out what it is given, unless it is held back. */
export class FakeWatch implements Watch {
  readonly startRevision: number;
  readonly range: KeyRange;
  readonly #onEnd: () => void;
  #batches: WatchBatch[] = [];
  #held = false;
  #over = false;
  #error: Error | undefined;
  #wake: () => void = () => undefined;

  constructor(startRevision: number, range: KeyRange, onEnd: () => void) {
    this.startRevision = startRevision;
    this.range = range;
    this.#onEnd = onEnd;
  }

  /** There is something that it has not given out. */
  get lags(): boolean {
    return this.#batches.length > 0;
  }

  give(batch: WatchBatch): void {
    this.#batches.push(batch);
    this.#wake();
  }

  hold(): void {
    this.#held = true;
  }

  /** As a service must never do it. */
  dropNext(): void {
    this.#batches.shift();
  }

  release(): void {
    this.#held = false;
    this.#wake();
  }

  /** As the service does it: what has not been given out is gone. */
  end(error: Error | undefined): void {
    this.#batches = [];
    this.#error = error;
    this.#over = true;
    this.#onEnd();
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<WatchBatch, undefined> {
    while (true) {
      const batch = this.#held ? undefined : this.#batches.shift();
      if (batch !== undefined) yield batch;
      else if (this.#error !== undefined) throw this.#error;
      else if (this.#over) return;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#over) this.end(undefined);
  }
}
