import { setTimeout as sleep } from 'node:timers/promises';
import { keyString, utf8Bytes } from '../wire/bytes.ts';
import { bytesOf, type CallLimits, callLimits, keyRangeOf, optionsObject, signalOf, wholeNumber } from './arguments.ts';
import { abortError, ConclaveError } from './error.ts';
import { selectorOf } from './range-pages.ts';
import type { Bytes, Client, Entry, Selector, StandardSchema } from './types.ts';
import { ViewFeed } from './view-feed.ts';
import { itemOf, type KeyChange, type ViewItem, type ViewStep } from './view-item.ts';
import { type LoadedView, loadView, type ViewPlan } from './view-load.ts';
import type { View, ViewChange, ViewOptions } from './view-types.ts';
import { jitteredDelayMs, Waiting } from './waiting.ts';
import type { Watch, WatchBatch } from './watch-types.ts';

/** What views are built on. */
export type ViewClient = Pick<Client, 'range' | 'watch' | 'state'>;

export type AnyViewOptions<T> = ViewOptions & { readonly schema?: StandardSchema<T> | undefined };

const defaults = { maxEntries: 100_000, maxBytes: 256 * 1024 * 1024 } as const;
const entriesHigh = 10_000_000;

/** Before it is loaded again. */
const reloadMs = { low: 50, high: 5_000 } as const;

/** See `Client.view`. Loads a range at one revision, then follows it by a watch from the next one on. */
export class KeyView<T> implements View<T> {
  readonly #client: ViewClient;
  readonly #plan: ViewPlan<T>;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = (): void => this.#abort();
  /** Aborts when the view ends: for all calls under way. */
  readonly #ending = new AbortController();
  readonly #feeds = new Set<ViewFeed<T>>();
  /** Undefined before it is loaded, and once it is over. */
  #content: LoadedView<T>['content'] | undefined;
  #revision = 0;
  #reloading = false;
  #over = false;
  #error: Error | undefined;

  private constructor(client: ViewClient, plan: ViewPlan<T>, signal: AbortSignal | undefined) {
    this.#client = client;
    this.#plan = plan;
    this.#signal = signal;
    signal?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Resolves once it is loaded and follows. */
  static async open<T>(
    client: ViewClient,
    what: Selector,
    options: AnyViewOptions<T> | undefined,
  ): Promise<KeyView<T>> {
    const { maxEntries = defaults.maxEntries, maxBytes = defaults.maxBytes, schema } = optionsObject(options);
    const bounds = {
      maxEntries: wholeNumber(maxEntries, 'maxEntries', 1, entriesHigh),
      maxBytes: wholeNumber(maxBytes, 'maxBytes', 1),
    };
    const plan = { range: keyRangeOf(what), bounds, schema };
    const waiting = new Waiting('loading the view', callLimits(options));
    const view = new KeyView<T>(client, plan, options?.signal);
    try {
      const limits = () => ({ ...waiting.limits(), signal: view.#ending.signal });
      view.#follow(await waiting.bound(view.#load(limits, false)));
      return view;
    } catch (error) {
      view.#end(undefined);
      throw error;
    } finally {
      waiting.end();
    }
  }

  get state(): 'ready' | 'stale' | 'closed' {
    const { type } = this.#client.state;
    if (this.#over || type === 'closed') return 'closed';
    return type === 'connected' && !this.#reloading ? 'ready' : 'stale';
  }

  get revision(): number {
    return this.#revision;
  }

  get error(): Error | undefined {
    return this.#error;
  }

  get size(): number {
    return this.#opened().size;
  }

  has(key: Bytes): boolean {
    return this.#item(key) !== undefined;
  }

  get(key: Bytes): T | undefined {
    const item = this.#item(key);
    if (item?.error !== undefined) throw item.error;
    return item?.value;
  }

  entry(key: Bytes): Entry | undefined {
    return this.#item(key)?.entry;
  }

  entries(): IterableIterator<readonly [key: string, value: T]> {
    return fitting(this.#opened().snapshot());
  }

  invalid(): IterableIterator<readonly [key: string, error: ConclaveError]> {
    return unfitting(this.#opened().snapshot());
  }

  changes(options?: { readonly signal?: AbortSignal | undefined }): AsyncIterableIterator<ViewChange<T>, undefined> {
    this.#opened();
    const feed = new ViewFeed<T>(signalOf(options), (ended) => this.#feeds.delete(ended));
    if (!feed.over) this.#feeds.add(feed);
    return feed;
  }

  async close(): Promise<void> {
    this.#end(undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end(undefined);
  }

  /** The watch that follows what was loaded. `anew`: it was loaded before, and whatever may pass is tried again. */
  async #load(limits: () => CallLimits, anew: boolean): Promise<Watch> {
    const { signal } = this.#ending;
    for (let failures = 0; ; failures++) {
      try {
        const loaded = await loadView(this.#client, this.#plan, limits);
        const { from, to } = this.#plan.range;
        const watch = await this.#client.watch(selectorOf(from, to), { fromRevision: loaded.revision + 1, signal });
        this.#show(loaded);
        return watch;
      } catch (error) {
        const mayPass = anew && error instanceof ConclaveError && error.retryable;
        if (codeOf(error) !== 'COMPACTED' && !mayPass) throw error;
      }
      await sleep(jitteredDelayMs(failures, reloadMs.low, reloadMs.high), undefined, { signal });
    }
  }

  /** Not awaited by anybody: the end of the view is how its failure is told. */
  #follow(watch: Watch): void {
    this.#followOn(watch).then(
      () => this.#end(undefined),
      (error: unknown) => this.#end(codeOf(error) === 'CLOSED' ? undefined : (error as Error)),
    );
  }

  async #followOn(first: Watch): Promise<void> {
    const { signal } = this.#ending;
    let watch = first;
    while (!this.#over) {
      try {
        for await (const batch of watch) await this.#apply(batch);
        // The client was closed.
        return;
      } catch (error) {
        if (codeOf(error) !== 'COMPACTED') throw error;
      }
      this.#reloading = true;
      watch = await this.#load(() => ({ signal, timeoutMs: Number.POSITIVE_INFINITY }), true);
      this.#reloading = false;
    }
  }

  /** All at once: nobody sees a half of it. */
  #show({ revision, content }: LoadedView<T>): void {
    if (this.#over) return;
    const before = this.#content;
    this.#content = content;
    this.#revision = revision;
    if (before === undefined) return;
    const changes = content.changesSince(before);
    if (changes.length > 0) this.#tell({ revision, changes, combined: true });
  }

  async #apply(batch: WatchBatch): Promise<void> {
    const { schema } = this.#plan;
    const made = await Promise.all(
      batch.events.map((event) => (event.type === 'put' ? itemOf(event.entry, schema) : undefined)),
    );
    try {
      this.#change(batch, made);
    } catch (error) {
      // At once: nobody sees what is wrong or too much.
      this.#end(error as Error);
      throw error;
    }
  }

  #change({ revision, events }: WatchBatch, made: readonly (ViewItem<T> | undefined)[]): void {
    const content = this.#content;
    // It may have ended while the schema was at work.
    if (content === undefined) return;
    const changes: KeyChange<T>[] = [];
    for (const [index, event] of events.entries()) {
      const after = made[index];
      const key = keyString((after?.entry ?? event.previous)?.keyBytes ?? utf8Bytes(event.key));
      const before = content.get(key);
      if (before?.entry.modRevision !== event.previous?.modRevision) throw gap(event.key, revision);
      if (after === undefined) content.delete(key);
      else content.put(after);
      changes.push({ key, before, after });
    }
    content.assertWithinBounds();
    this.#revision = revision;
    this.#tell({ revision, changes, combined: false });
  }

  #tell(step: ViewStep<T>): void {
    for (const feed of [...this.#feeds]) feed.push(step);
  }

  #abort(): void {
    if (this.#signal !== undefined) this.#end(abortError(this.#signal));
  }

  #end(error: Error | undefined): void {
    if (this.#over) return;
    this.#over = true;
    this.#error = error;
    this.#content = undefined;
    this.#signal?.removeEventListener('abort', this.#onAbort);
    for (const feed of [...this.#feeds]) feed.end(error);
    // Closes the watch, too.
    this.#ending.abort();
  }

  #item(key: Bytes): ViewItem<T> | undefined {
    return this.#opened().get(keyString(bytesOf(key, 'a key')));
  }

  #opened(): LoadedView<T>['content'] {
    if (this.#content !== undefined) return this.#content;
    throw this.#error ?? new ConclaveError('CLOSED', 'the view is closed');
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof ConclaveError ? error.code : undefined;
}

/** The watch tells what each change took the place of: that it is what the view has, is checked at every step. */
function gap(key: string, revision: number): ConclaveError {
  const message = `revision ${revision} of '${key}' does not follow what the watch has told before`;
  return new ConclaveError('PROTOCOL_ERROR', message);
}

function* fitting<T>(items: Iterable<ViewItem<T>>): Generator<readonly [key: string, value: T], undefined> {
  for (const { entry, value, error } of items) if (error === undefined) yield [entry.key, value as T];
}

function* unfitting<T>(
  items: Iterable<ViewItem<T>>,
): Generator<readonly [key: string, error: ConclaveError], undefined> {
  for (const { entry, error } of items) if (error !== undefined) yield [entry.key, error];
}
