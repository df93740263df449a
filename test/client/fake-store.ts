import { setImmediate as turn } from 'node:timers/promises';
import { keyRangeOf } from '../../src/client/arguments.ts';
import { entryOf } from '../../src/client/entry.ts';
import {
  type Bytes,
  type Client,
  type ClientStatus,
  ConclaveError,
  type Condition,
  type Entry,
  type Op,
  op,
  type ReadOptions,
  type Selector,
  type WatchBatch,
} from '../../src/client/index.ts';
import { transactionOf, transactionResult } from '../../src/client/transaction.ts';
import { batchOf } from '../../src/client/watch-batch.ts';
import { compareBytes, keyString } from '../../src/wire/bytes.ts';
import type { Revision } from '../../src/wire/identifiers.ts';
import type { KeyRange } from '../../src/wire/operation.ts';
import type { WireEntry } from '../../src/wire/result.ts';
import type { WireKeyEvent } from '../../src/wire/watch.ts';
import { FakeService, inRange } from './fake-service.ts';
import { FakeWatch } from './fake-watch.ts';

type ReadCall = ReadOptions & { readonly limit?: number | undefined };

/** The calls of a client that transactions and views are built on, over a store in this process that keeps its history. */
export class FakeStore {
  state: ClientStatus = { type: 'connected', endpoint: 'fake' };
  /** Run before each call: time for others to come between. */
  before: (call: 'get' | 'range' | 'txn' | 'watch', options: ReadCall | undefined) => unknown = () => undefined;
  readonly calls: { readonly kind: string; readonly options: ReadCall | undefined }[] = [];
  /** Neither disposed of nor ended. */
  readonly watches = new Set<FakeWatch>();
  readonly #service = new FakeService();
  readonly #history: { readonly revision: number; readonly events: readonly WireKeyEvent[] }[] = [];
  #floor = 0;

  constructor(revision = 0) {
    this.#service.revision = revision;
    this.#service.onEvents = (at, events) => {
      this.#history.push({ revision: at, events });
      for (const watch of this.watches) this.#tell(watch, at, events);
    };
  }

  get revision(): number {
    return this.#service.revision;
  }

  put(key: Bytes, value: Bytes): number {
    return this.write([op.put(key, value)]);
  }

  delete(key: Bytes): number {
    return this.write([op.delete(key)]);
  }

  /** At once. Nothing can be read or watched from before it any more, and lagging watches end. */
  compact(): void {
    this.#floor = this.revision;
    for (const watch of this.watches) if (watch.lags) watch.end(this.#compacted());
  }

  /** At once, in one revision. */
  write(then: readonly Op<unknown>[], conditions: readonly Condition[] = []) {
    return this.#apply({ if: conditions, then }).revision;
  }

  async get(key: Bytes, options?: ReadCall): Promise<Entry | undefined> {
    await this.#called('get', options);
    const [entry] = this.#at(keyRangeOf(key), options?.revision);
    return entry && entryOf(entry);
  }

  async range(what: Selector, options?: ReadCall) {
    await this.#called('range', options);
    const entries = this.#at(keyRangeOf(what), options?.revision);
    const limit = options?.limit ?? entries.length;
    const revision = options?.revision ?? this.revision;
    return { revision, entries: entries.slice(0, limit).map(entryOf), more: entries.length > limit };
  }

  readonly txn = (async (branches, options) => {
    await this.#called('txn', options);
    return this.#apply(branches);
  }) as Client['txn'];

  async watch(
    what: Selector,
    options?: { readonly fromRevision?: number | undefined; readonly signal?: AbortSignal | undefined },
  ): Promise<FakeWatch> {
    await this.#called('watch', options);
    const startRevision = options?.fromRevision ?? this.revision + 1;
    if (startRevision <= this.#floor) throw this.#compacted();
    const watch: FakeWatch = new FakeWatch(startRevision, keyRangeOf(what), () => this.watches.delete(watch));
    this.watches.add(watch);
    if (options?.signal?.aborted === true) watch.end(undefined);
    options?.signal?.addEventListener('abort', () => watch.end(undefined));
    for (const { revision, events } of this.#history) {
      if (revision >= startRevision) this.#tell(watch, revision, events);
    }
    return watch;
  }

  async #called(kind: 'get' | 'range' | 'txn' | 'watch', options: ReadCall | undefined): Promise<void> {
    this.calls.push({ kind, options });
    // As the client refuses it: 0 stands for now.
    if (options?.revision === 0) throw new ConclaveError('INVALID_ARGUMENT', 'revision is 0');
    await turn();
    await this.before(kind, options);
  }

  #apply(branches: Parameters<typeof transactionOf>[0]) {
    const body = transactionOf(branches, () => undefined);
    const count = this.#history.length;
    const before = this.revision;
    const result = this.#service.apply({ requestId: 1, command: undefined, seenRevision: 0 as Revision, body });
    // Only what changes anything takes a revision.
    if (this.#history.length === count) this.#service.revision = before;
    return transactionResult(body, { requestId: 1, revision: this.revision as Revision, body: result });
  }

  #at(range: KeyRange, revision = this.revision): WireEntry[] {
    if (revision < this.#floor) throw this.#compacted();
    if (revision > this.revision) throw new ConclaveError('FUTURE_REVISION', `${revision}`);
    const entries = new Map<string, WireEntry>();
    for (const step of this.#history) {
      if (step.revision > revision) break;
      for (const event of step.events) {
        if (event.type === 'put') entries.set(keyString(event.key), event.entry);
        else entries.delete(keyString(event.key));
      }
    }
    return [...entries.values()].filter(({ key }) => inRange(range, key)).sort((a, b) => compareBytes(a.key, b.key));
  }

  #tell(watch: FakeWatch, revision: number, events: readonly WireKeyEvent[]): void {
    const seen = events.filter(({ key }) => inRange(watch.range, key));
    if (seen.length > 0) watch.give(batchOf(revision, seen) satisfies WatchBatch);
  }

  #compacted(): ConclaveError {
    return new ConclaveError('COMPACTED', 'it is gone', { oldestRevision: this.#floor });
  }
}
