import type { Driver } from './driver.ts';
import { abortError } from './error.ts';
import type { ClientStatus } from './types.ts';

/** Changes that nobody has read yet; past it, the oldest give way to the newest, and 'expired' last. */
const bufferLimit = 16;

const done: IteratorResult<ClientStatus, undefined> = { done: true, value: undefined };

interface Waiting {
  readonly resolve: (result: IteratorResult<ClientStatus, undefined>) => void;
  readonly reject: (error: Error) => void;
}

/** The current state of a client, then each change, until it is closed. */
export class StatusFeed implements AsyncIterableIterator<ClientStatus, undefined> {
  readonly #driver: Driver;
  readonly #signal: AbortSignal | undefined;
  #buffer: ClientStatus[] = [];
  #waiting: Waiting[] = [];
  #over = false;
  #error: Error | undefined;
  readonly #onStatus = (status: ClientStatus): void => this.#take(status);
  readonly #onAbort = (): void => this.#abort();

  constructor(driver: Driver, signal: AbortSignal | undefined) {
    this.#driver = driver;
    this.#signal = signal;
    this.#take(driver.status);
    if (!this.#over) driver.addStatusSink(this.#onStatus);
    if (signal?.aborted === true) this.#abort();
    else if (!this.#over) signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<ClientStatus, undefined>> {
    const value = this.#buffer.shift();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    if (this.#over) {
      const error = this.#error;
      this.#error = undefined;
      return error === undefined ? Promise.resolve(done) : Promise.reject(error);
    }
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  async return(): Promise<IteratorResult<ClientStatus, undefined>> {
    this.#buffer = [];
    this.#error = undefined;
    this.#end(undefined);
    return done;
  }

  #take(status: ClientStatus): void {
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) waiting.resolve({ done: false, value: status });
    else this.#keep(status);
    if (status.type === 'closed') this.#end(undefined);
  }

  #keep(status: ClientStatus): void {
    this.#buffer.push(status);
    if (this.#buffer.length <= bufferLimit) return;
    const oldest = this.#buffer.findIndex(({ type }) => type !== 'expired');
    this.#buffer.splice(Math.max(0, oldest), 1);
  }

  #abort(): void {
    if (this.#signal === undefined || this.#over) return;
    this.#buffer = [];
    this.#end(abortError(this.#signal));
  }

  #end(error: Error | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.#driver.removeStatusSink(this.#onStatus);
    this.#signal?.removeEventListener('abort', this.#onAbort);
    const [first, ...others] = this.#waiting;
    this.#waiting = [];
    if (error === undefined) first?.resolve(done);
    else if (first === undefined) this.#error = error;
    else first.reject(error);
    for (const { resolve } of others) resolve(done);
  }
}
