import type { Failure } from './core/effect.ts';
import type { CallId } from './core/input.ts';
import { bounds } from './core/settings.ts';
import type { Driver } from './driver.ts';
import { abortError, errorOf } from './error.ts';
import type { AnyEvent } from './watch-batch.ts';
import type { WatchSink } from './watch-sink.ts';
import type { Watch, WatchBatch } from './watch-types.ts';

interface Waiting<Event> {
  readonly resolve: (result: IteratorResult<WatchBatch<Event>, undefined>) => void;
  readonly reject: (error: Error) => void;
}

interface Buffered<Event> {
  readonly batch: WatchBatch<Event>;
  readonly bytes: number;
}

const done: IteratorResult<never, undefined> = { done: true, value: undefined };

/** The core is told of consumption in portions that are small beside what it allows to be buffered. */
const portion = { events: bounds.watchEvents / 8, bytes: bounds.watchBytes / 8 } as const;

/** Hands out what the core gives, which bounds how much that is by what was consumed. */
export class WatchHandle<Event extends AnyEvent> implements Watch<Event>, WatchSink {
  readonly #driver: Driver;
  readonly #watchId: CallId;
  #startRevision = 0;
  /** Not both of these have something in them. */
  #buffer: Buffered<Event>[] = [];
  #waiting: Waiting<Event>[] = [];
  /** Handed out, and the core does not know yet. */
  #consumedEvents = 0;
  #consumedBytes = 0;
  /** Nothing more is put into the buffer. */
  #over = false;
  /** To be thrown once, by the `next()` that finds the buffer empty. */
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

  [Symbol.asyncIterator](): AsyncIterator<WatchBatch<Event>, undefined> {
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

  /** What was read before the watch was opened: comes before everything else. */
  onPresent(batch: WatchBatch<Event>): void {
    if (!this.#over) this.#buffer.unshift({ batch, bytes: 0 });
  }

  /** Of what it is on, and so of its kind. */
  onBatch(given: WatchBatch<AnyEvent>, bytes: number): void {
    const batch = given as WatchBatch<Event>;
    const waiting = this.#waiting.shift();
    if (waiting === undefined) {
      this.#buffer.push({ batch, bytes });
      return;
    }
    waiting.resolve({ done: false, value: batch });
    this.#consumed(batch, bytes);
  }

  /** Marks that nobody has taken give way to the newest. */
  onProgress(revision: number): void {
    const last = this.#buffer.at(-1);
    if (last !== undefined && isMark(last.batch)) this.#buffer.pop();
    this.onBatch({ revision, events: [] }, 0);
  }

  onEnded(failure: Failure | undefined): void {
    this.#end(failure === undefined ? undefined : errorOf(failure));
  }

  #next(): Promise<IteratorResult<WatchBatch<Event>, undefined>> {
    const first = this.#buffer.shift();
    if (first !== undefined) {
      this.#consumed(first.batch, first.bytes);
      return Promise.resolve({ done: false, value: first.batch });
    }
    if (this.#over) {
      const error = this.#error;
      this.#error = undefined;
      return error === undefined ? Promise.resolve(done) : Promise.reject(error);
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }

  #consumed({ events, initial }: WatchBatch<Event>, bytes: number): void {
    // The core knows only what it has given.
    if (initial === true) return;
    this.#consumedEvents += events.length;
    this.#consumedBytes += bytes;
    if (this.#over || (this.#consumedEvents < portion.events && this.#consumedBytes < portion.bytes)) return;
    this.#driver.consumed(this.#watchId, this.#consumedEvents, this.#consumedBytes);
    this.#consumedEvents = 0;
    this.#consumedBytes = 0;
  }

  #close(): void {
    if (!this.#over) this.#driver.closeWatch(this.#watchId);
    this.#error = undefined;
    this.#buffer = [];
    this.#end(undefined);
  }

  #abort(): void {
    const signal = this.#signal;
    if (this.#over || signal === undefined) return;
    this.#driver.closeWatch(this.#watchId);
    this.#buffer = [];
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

function isMark({ events, initial }: WatchBatch<AnyEvent>): boolean {
  return events.length === 0 && initial === undefined;
}
