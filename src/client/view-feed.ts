import { abortError } from './error.ts';
import { itemBytes, type KeyChange, type ViewStep, viewChange } from './view-item.ts';
import type { ViewChange } from './view-types.ts';

/** Past either, what a consumer has not taken becomes one change. */
const bounds = { events: 1_024, bytes: 4 * 1024 * 1024 } as const;

const done: IteratorResult<never, undefined> = { done: true, value: undefined };

interface Waiting<T> {
  readonly resolve: (result: IteratorResult<ViewChange<T>, undefined>) => void;
  readonly reject: (error: Error) => void;
}

/**
 * What one consumer has yet to be told. Combined, it holds at most the keys that the consumer knew and those that there are now:
 * what came and went in between is forgotten.
 */
export class ViewFeed<T> implements AsyncIterableIterator<ViewChange<T>, undefined> {
  readonly #signal: AbortSignal | undefined;
  readonly #onEnd: (feed: ViewFeed<T>) => void;
  /** Revision by revision. */
  #steps: ViewStep<T>[] = [];
  /** Instead of them, once they are too many: the net effect on each key. */
  #net: { revision: number; readonly changes: Map<string, KeyChange<T>> } | undefined;
  /** None, while there is something to be taken. */
  #waiting: Waiting<T>[] = [];
  #events = 0;
  #bytes = 0;
  #over = false;
  /** To be thrown once, when all steps are taken. */
  #error: Error | undefined;
  readonly #onAbort = (): void => this.#abort();

  constructor(signal: AbortSignal | undefined, onEnd: (feed: ViewFeed<T>) => void) {
    this.#signal = signal;
    this.#onEnd = onEnd;
    if (signal?.aborted === true) this.#abort();
    else signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  get over(): boolean {
    return this.#over;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<ViewChange<T>, undefined>> {
    const step = this.#take();
    if (step !== undefined) {
      return Promise.resolve({ done: false, value: viewChange(step) });
    }
    if (this.#over) {
      const error = this.#error;
      this.#error = undefined;
      return error === undefined ? Promise.resolve(done) : Promise.reject(error);
    }
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  async return(): Promise<IteratorResult<ViewChange<T>, undefined>> {
    this.#drop();
    this.#error = undefined;
    this.end(undefined);
    return done;
  }

  push(step: ViewStep<T>): void {
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) {
      waiting.resolve({ done: false, value: viewChange(step) });
      return;
    }
    if (this.#net !== undefined) {
      this.#fold(step);
      return;
    }
    this.#steps.push(step);
    this.#count(step, 1);
    // One alone is not made smaller by it.
    if (this.#steps.length > 1 && (this.#events > bounds.events || this.#bytes > bounds.bytes)) this.#combine();
  }

  /** What is there can still be taken. */
  end(error: Error | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#onEnd(this);
    const [first, ...others] = this.#waiting;
    this.#waiting = [];
    if (error === undefined) first?.resolve(done);
    else if (first === undefined) this.#error = error;
    else first.reject(error);
    for (const { resolve } of others) resolve(done);
  }

  #abort(): void {
    if (this.#signal === undefined || this.#over) return;
    this.#drop();
    this.end(abortError(this.#signal));
  }

  #drop(): void {
    this.#steps = [];
    this.#net = undefined;
  }

  /** The oldest there is. */
  #take(): ViewStep<T> | undefined {
    const net = this.#net;
    this.#net = undefined;
    // All that came has gone again: there is nothing to tell.
    if (net !== undefined && net.changes.size > 0) {
      return { revision: net.revision, changes: [...net.changes.values()], combined: true };
    }
    const step = this.#steps.shift();
    if (step !== undefined) this.#count(step, -1);
    return step;
  }

  #combine(): void {
    for (const step of this.#steps) {
      this.#count(step, -1);
      this.#fold(step);
    }
    this.#steps = [];
  }

  #fold({ revision, changes }: ViewStep<T>): void {
    this.#net ??= { revision, changes: new Map() };
    this.#net.revision = revision;
    const net = this.#net.changes;
    for (const change of changes) {
      const { key, after } = change;
      const known = net.get(key);
      const before = known === undefined ? change.before : known.before;
      if (before === undefined && after === undefined) net.delete(key);
      else net.set(key, { key, before, after });
    }
  }

  #count({ changes }: ViewStep<T>, sign: 1 | -1): void {
    this.#events += sign * changes.length;
    for (const { before, after } of changes) this.#bytes += sign * (itemBytes(before) + itemBytes(after));
  }
}
