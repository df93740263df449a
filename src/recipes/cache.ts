import { setTimeout as sleep } from 'node:timers/promises';
import { type CallOptions, type Client, ConclaveError, type Entry, type View, type Watch } from '../client/index.ts';
import { invalidArgument } from './names.ts';
import { Patience, persistently } from './patience.ts';

/** `signal` ends the loading, and later the cache; `timeoutMs` bounds the loading. */
export interface CacheOptions extends CallOptions {
  /** As of a view: how many keys, and bytes of keys and values, it may hold. */
  readonly maxEntries?: number | undefined;
  readonly maxBytes?: number | undefined;
}

export interface CacheProgress {
  /** The cache shows everything up to and including this revision. */
  readonly revision: number;
  /** How long ago that was learned. */
  readonly ageMs: number;
}

export interface Cache extends AsyncDisposable {
  readonly prefix: string;
  readonly state: View['state'];
  /** It is moved on by every change under the prefix, and at least every 5 s while the node is reached. */
  readonly progress: CacheProgress;
  readonly size: number;
  /**
   * As linearizable as a read of the store: reflects everything acknowledged before the call. It costs a round trip, in which a value
   * travels only if it has changed; afterwards the cache itself is not older than what was returned.
   */
  get(key: string, options: CallOptions & { readonly sync: true }): Promise<Entry | undefined>;
  /** At once, from this process: not older than `progress` says. The key is a full one, under the prefix. */
  get(key: string): Entry | undefined;
  has(key: string): boolean;
  /** In byte order of the keys, as of the call. */
  entries(): IterableIterator<readonly [key: string, entry: Entry]>;
  close(): Promise<void>;
}

/**
 * A near cache of all keys with a prefix: reads cost nothing, and its progress mark says how old it may be. Built on a view, and on a watch
 * of the same keys whose marks of progress tell how far the view must be complete where nothing has changed.
 */
export async function cache(client: Client, prefix: string, options: CacheOptions = {}): Promise<Cache> {
  if (typeof prefix !== 'string') throw invalidArgument('the prefix of a cache is a text');
  const view = await client.view({ prefix }, options);
  return new ViewCache(client, prefix, view);
}

/** Before the marks are followed anew. */
const pauseMs = 100;

class ViewCache implements Cache {
  readonly prefix: string;
  readonly #client: Client;
  readonly #view: View;
  readonly #closing = new AbortController();
  #revision: number;
  #learnedMs = performance.now();
  /** The newest change and the newest mark that the watch has told of. */
  #changeRevision = 0;
  #markRevision = 0;
  /** To be asked after each change of the view or of the mark. */
  readonly #waiting = new Set<() => void>();

  constructor(client: Client, prefix: string, view: View) {
    this.prefix = prefix;
    this.#client = client;
    this.#view = view;
    this.#revision = view.revision;
    void this.#followView();
    void this.#followMarks().catch(() => undefined);
  }

  get state(): View['state'] {
    return this.#view.state;
  }

  get progress(): CacheProgress {
    return { revision: this.#revision, ageMs: performance.now() - this.#learnedMs };
  }

  get size(): number {
    return this.#view.size;
  }

  get(key: string, options: CallOptions & { readonly sync: true }): Promise<Entry | undefined>;
  get(key: string): Entry | undefined;
  get(key: string, options?: CallOptions & { readonly sync: true }): Entry | undefined | Promise<Entry | undefined> {
    if (!key.startsWith(this.prefix)) throw invalidArgument(`'${key}' does not begin with '${this.prefix}'`);
    return options?.sync === true ? this.#synced(key, options) : this.#view.entry(key);
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  entries(): IterableIterator<readonly [key: string, entry: Entry]> {
    return this.#view.entries();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#view.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #synced(key: string, { signal, timeoutMs = 5_000 }: CallOptions): Promise<Entry | undefined> {
    using patience = new Patience(`the cache of '${this.prefix}'`, { signal, timeoutMs });
    try {
      const { entries, revision } = await this.#client.range(key, {
        signal: patience.signal,
        timeoutMs,
        keysOnly: true,
      });
      const [stored] = entries;
      // What is there must be shown, or what came after it; what is not there must be gone.
      const needed = stored?.modRevision ?? revision;
      const isGone = stored === undefined;
      await this.#until(
        () => this.#revision >= needed || (isGone && this.#view.entry(key) === undefined),
        patience.signal,
      );
      return this.#view.entry(key);
    } catch (error) {
      throw patience.errorOf(error);
    }
  }

  async #until(condition: () => boolean, signal: AbortSignal): Promise<void> {
    while (!condition()) {
      if (this.state === 'closed') throw this.#view.error ?? new ConclaveError('CLOSED', 'the cache is closed');
      signal.throwIfAborted();
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          signal.removeEventListener('abort', wake);
          this.#waiting.delete(wake);
          resolve();
        };
        this.#waiting.add(wake);
        signal.addEventListener('abort', wake, { once: true });
      });
    }
  }

  async #followView(): Promise<void> {
    try {
      for await (const _ of this.#view.changes()) this.#judge();
    } catch {
      // The view tells its error to whoever reads it.
    } finally {
      this.#closing.abort();
      for (const wake of [...this.#waiting]) wake();
    }
  }

  async #followMarks(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      // From where the view surely is: so no change comes between that this watch does not know of.
      const fromRevision = this.#view.revision + 1;
      const options = { signal, fromRevision, progress: true, keysOnly: true, previous: false } as const;
      try {
        const watch = await persistently(() => this.#client.watch({ prefix: this.prefix }, options), signal);
        if (!(await this.#followed(watch))) return;
      } catch (error) {
        if (!(error instanceof ConclaveError && error.code === 'COMPACTED')) throw error;
        // The view loads anew, and is soon further.
        await sleep(pauseMs, undefined, { signal });
      }
    }
  }

  /** False: the client is closed. */
  async #followed(watch: Watch): Promise<boolean> {
    for await (const { revision, events } of watch) {
      if (events.length > 0) this.#changeRevision = revision;
      this.#markRevision = revision;
      this.#judge();
    }
    return false;
  }

  /** The view is complete up to the mark if it has the last change before it. */
  #judge(): void {
    if (this.#view.state === 'closed') return;
    const shown = this.#view.revision;
    const revision = shown >= this.#changeRevision ? Math.max(shown, this.#markRevision) : shown;
    if (revision >= this.#revision) {
      this.#revision = revision;
      this.#learnedMs = performance.now();
    }
    for (const wake of [...this.#waiting]) wake();
  }
}
