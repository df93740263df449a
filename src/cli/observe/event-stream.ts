import {
  type Client,
  ConclaveError,
  type CounterEvent,
  type LockEvent,
  type SessionEvent,
  type Watch,
  type WatchEvent,
  type WatchOptions,
} from '../../client/index.ts';
import { type MergedRevision, RevisionMerge } from './revision-merge.ts';

/** Something that has happened to the state. */
export type StateEvent =
  | { readonly kind: 'key'; readonly event: WatchEvent }
  | { readonly kind: 'lock'; readonly event: LockEvent }
  | { readonly kind: 'counter'; readonly event: CounterEvent }
  | { readonly kind: 'session'; readonly event: SessionEvent };

export interface EventStreamOptions {
  /** The first revision wanted; undefined: from now on. */
  readonly fromRevision: number | undefined;
  /** The revisions before this one are not remembered any more: it begins with it. */
  readonly onForgotten: (oldestRevision: number) => Promise<void>;
  /** For the first watch to begin. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** So many events wait for other watches to come as far; past it, a watch that is ahead is not read on. */
const mostHeld = 10_000;

/**
 * Everything that happens to keys, locks, counters and sessions, in the order of revisions. A revision comes once all four watches have
 * come as far, which they say every second at the latest.
 */
export class EventStream {
  readonly startRevision: number;
  readonly #sources: readonly AsyncIterable<MergedRevision<StateEvent>>[];
  readonly #merge: RevisionMerge<StateEvent>;
  /** Of those that wait until something was let go. */
  #waiting: (() => void)[] = [];
  #writing: Promise<void> = Promise.resolve();

  private constructor(startRevision: number, sources: readonly AsyncIterable<MergedRevision<StateEvent>>[]) {
    this.startRevision = startRevision;
    this.#sources = sources;
    this.#merge = new RevisionMerge(sources.length, startRevision);
  }

  /** Resolves once it is fixed from where it tells. @throws what a watch of the client throws */
  static async open(client: Client, wanted: EventStreamOptions): Promise<EventStream> {
    const { fromRevision, onForgotten, timeoutMs, signal } = wanted;
    const options = { timeoutMs, signal, progress: true } as const;
    const keys = await watchKeys(client, { ...options, fromRevision }, onForgotten);
    // All begin where the first one does, so that nothing is told in part.
    const others = { ...options, fromRevision: keys.startRevision };
    const locks = await client.watchLock({ prefix: '' }, others);
    const counters = await client.watchCounter({ prefix: '' }, others);
    const sessions = await client.watchSessions(others);
    return new EventStream(keys.startRevision, [
      told(keys, (event) => ({ kind: 'key', event })),
      told(locks, (event) => ({ kind: 'lock', event })),
      told(counters, (event) => ({ kind: 'counter', event })),
      told(sessions, (event) => ({ kind: 'session', event })),
    ]);
  }

  /** Goes on until the signal or a watch ends it. @throws what a watch of the client throws, or `write` */
  async run(write: (revision: number, events: readonly StateEvent[]) => Promise<void>): Promise<void> {
    await Promise.all(this.#sources.map((source, index) => this.#follow(source, index, write)));
  }

  async #follow(
    source: AsyncIterable<MergedRevision<StateEvent>>,
    index: number,
    write: (revision: number, events: readonly StateEvent[]) => Promise<void>,
  ): Promise<void> {
    for await (const { revision, events } of source) {
      this.#merge.add(index, revision, events);
      this.#writing = this.#writing.then(async () => {
        for (const ready of this.#merge.take()) await write(ready.revision, ready.events);
      });
      await this.#writing;
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const resume of waiting) resume();
      while (this.#merge.size > mostHeld) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }
}

async function watchKeys(
  client: Client,
  options: WatchOptions,
  onForgotten: EventStreamOptions['onForgotten'],
): Promise<Watch<WatchEvent>> {
  try {
    return await client.watch({ prefix: '' }, options);
  } catch (error) {
    if (!(error instanceof ConclaveError) || error.code !== 'COMPACTED' || error.oldestRevision === undefined)
      throw error;
    await onForgotten(error.oldestRevision);
    return await watchKeys(client, { ...options, fromRevision: error.oldestRevision }, onForgotten);
  }
}

async function* told<Event>(
  watch: Watch<Event>,
  asStateEvent: (event: Event) => StateEvent,
): AsyncGenerator<MergedRevision<StateEvent>, void> {
  for await (const { revision, events } of watch) yield { revision, events: events.map(asStateEvent) };
}
