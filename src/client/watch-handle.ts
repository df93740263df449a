import type { WireEvent } from '../wire/frame.ts';
import type { ClientEffect, Failure } from './core/effect.ts';
import type { CallId } from './core/input.ts';
import type { Driver, WatchSink } from './driver.ts';
import { entryOf, keyText, optionalEntryOf } from './entry.ts';
import { abortError, errorOf } from './error.ts';
import type { Watch, WatchBatch, WatchEvent } from './types.ts';

interface Waiting {
  readonly resolve: (result: IteratorResult<WatchBatch, undefined>) => void;
  readonly reject: (error: Error) => void;
}

const done: IteratorResult<WatchBatch, undefined> = { done: true, value: undefined };

/** Batches are asked for one by one: what is not asked for stays with the core, which bounds it. */
export class WatchHandle implements Watch, WatchSink {
  readonly #driver: Driver;
  readonly #watchId: CallId;
  #startRevision = 0;
  #waiting: Waiting[] = [];
  #over = false;
  /** To be thrown once, by the next `next()`. */
  #error: Error | undefined;
  #signal: AbortSignal | undefined;
  readonly #onAbort = (): void => this.#abort();

  constructor(driver: Driver, watchId: CallId) {
    this.#driver = driver;
    this.#watchId = watchId;
    driver.onWatch(watchId, this);
  }

  get startRevision(): number {
    return this.#startRevision;
  }

  /** The service has fixed the start; from now on `signal` ends the loop. */
  start(startRevision: number, signal: AbortSignal | undefined): void {
    this.#startRevision = startRevision;
    this.#signal = signal;
    if (signal?.aborted === true) this.#abort();
    else if (!this.#over) signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  [Symbol.asyncIterator](): AsyncIterator<WatchBatch, undefined> {
    return {
      next: () => this.#next(),
      return: async () => {
        this.#close();
        return done;
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close();
  }

  onBatch({ revision, events }: Extract<ClientEffect, { readonly type: 'watchBatch' }>): void {
    this.#waiting.shift()?.resolve({ done: false, value: { revision, events: events.map(eventOf) } });
  }

  onEnded(failure: Failure | undefined): void {
    this.#end(failure === undefined ? undefined : errorOf(failure));
  }

  #next(): Promise<IteratorResult<WatchBatch, undefined>> {
    if (this.#over) {
      const error = this.#error;
      this.#error = undefined;
      return error === undefined ? Promise.resolve(done) : Promise.reject(error);
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#driver.takeBatch(this.#watchId);
    });
  }

  #close(): void {
    if (!this.#over) this.#driver.closeWatch(this.#watchId);
    this.#error = undefined;
    this.#end(undefined);
  }

  #abort(): void {
    const signal = this.#signal;
    if (this.#over || signal === undefined) return;
    this.#driver.closeWatch(this.#watchId);
    this.#end(abortError(signal));
  }

  #end(error: Error | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.#signal?.removeEventListener('abort', this.#onAbort);
    const [first, ...others] = this.#waiting;
    this.#waiting = [];
    if (error === undefined) first?.resolve(done);
    else if (first === undefined) this.#error = error;
    else first.reject(error);
    for (const { resolve } of others) resolve(done);
  }
}

function eventOf(event: WireEvent): WatchEvent {
  const key = keyText(event.key);
  const previous = optionalEntryOf(event.previous);
  return event.type === 'put'
    ? { type: 'put', key, entry: entryOf(event.entry), previous }
    : { type: 'delete', key, previous };
}
