import { type Client, ConclaveError, type Watch, type WatchBatch } from '../../../client/index.ts';
import type { HistoryLine } from '../../checkers/event-history.ts';
import type { RandomStream } from '../../simulation/prng.ts';
import { markerKey } from '../history/workload-names.ts';
import { callTimeoutMs, pause } from './actor.ts';
import type { RunClock } from './run-clock.ts';
import type { WorkerChannel } from './worker-channel.ts';

export interface WatchActorOptions {
  /** Takes turns with them; its lines bear this name. */
  readonly name: string;
  readonly clients: readonly Client[];
  readonly prefix: string;
  /** 0: from now. */
  readonly from: number;
  readonly random: RandomStream;
  readonly clock: RunClock;
  readonly channel: WorkerChannel;
  /** Aborts when the marker is not to be waited for any longer. */
  readonly giveUp: AbortSignal;
}

type LineOf<Line> = Line extends { readonly watch: string } ? Omit<Line, 'process' | 'watch' | 'at'> : never;

/** Watches a prefix until its marker, now and then by a new watch, on another client, that goes on where the one before ended. */
export class WatchActor {
  readonly #options: WatchActorOptions;
  #next: number;
  #opened = 0;
  #watch = '';
  #sawMarker = false;

  constructor(options: WatchActorOptions) {
    this.#options = options;
    this.#next = options.from;
  }

  /** Whether it has seen the marker. */
  async run(): Promise<boolean> {
    const { giveUp } = this.#options;
    while (!this.#sawMarker && !giveUp.aborted) {
      const watch = await this.#open();
      if (watch !== undefined) await this.#follow(watch);
      else await pause(100, giveUp);
    }
    return this.#sawMarker;
  }

  async #open(): Promise<Watch | undefined> {
    const { clients, prefix, name } = this.#options;
    const client = clients[this.#opened % clients.length];
    const from = this.#next;
    try {
      const watch = await client?.watch(
        { prefix },
        { timeoutMs: callTimeoutMs, fromRevision: from === 0 ? undefined : from },
      );
      this.#opened += 1;
      if (watch === undefined) return undefined;
      this.#watch = `${name}/${prefix}${this.#opened}`;
      this.#line({ op: 'watch-open', key: prefix, prefix: true, from, revision: watch.startRevision });
      this.#next = watch.startRevision;
      return watch;
    } catch (error) {
      this.#opened += 1;
      if (error instanceof ConclaveError && error.code === 'COMPACTED') this.#next = error.oldestRevision ?? 0;
      return undefined;
    }
  }

  async #follow(watch: Watch): Promise<void> {
    const { random, giveUp } = this.#options;
    const untilMs = performance.now() + random.between(5_000, 20_000);
    const ending = new AbortController();
    const end = (): void => ending.abort();
    const timer = setTimeout(end, untilMs - performance.now());
    giveUp.addEventListener('abort', end, { once: true });
    const batches = watch[Symbol.asyncIterator]();
    // What has been asked for when it ends is taken back by `return`, and is not lost: the next watch begins there.
    ending.signal.addEventListener('abort', () => void batches.return?.(undefined), { once: true });
    try {
      for (let batch = await batches.next(); batch.done !== true; batch = await batches.next()) {
        this.#take(batch.value);
        if (this.#sawMarker) break;
      }
      this.#line({ op: 'watch-end' });
    } catch (error) {
      this.#line(endOf(error));
      if (error instanceof ConclaveError && error.code === 'COMPACTED') this.#next = error.oldestRevision ?? 0;
    } finally {
      clearTimeout(timer);
      giveUp.removeEventListener('abort', end);
      await batches.return?.(undefined);
    }
  }

  #take({ revision, events }: WatchBatch): void {
    const changes = events.map((event) => ({
      key: event.key,
      value: event.type === 'put' ? event.entry.text() : null,
      previous: event.previous?.text() ?? null,
    }));
    this.#line({ op: 'watch-events', revision, events: changes });
    this.#next = revision + 1;
    if (changes.some(({ key }) => key === markerKey(this.#options.prefix))) this.#sawMarker = true;
  }

  #line(line: LineOf<HistoryLine>): void {
    const { name, clock, channel } = this.#options;
    channel.line({ process: name, watch: this.#watch, at: clock.now(), ...line } as HistoryLine);
  }
}

function endOf(error: unknown): LineOf<HistoryLine> {
  if (!(error instanceof ConclaveError)) return { op: 'watch-end', error: `not a ConclaveError: ${String(error)}` };
  const { code, oldestRevision } = error;
  return { op: 'watch-end', error: code, ...(oldestRevision === undefined ? {} : { oldest: oldestRevision }) };
}
