import type { ClientEffect, Failure, Settlement } from '../../../client/core/effect.ts';
import type { CallId } from '../../../client/core/input.ts';
import type { WatchTarget } from '../../../wire/watch.ts';
import type { WatchRecord } from '../../checkers/history.ts';
import { violated } from '../invariants/violation.ts';
import type { ClientHost } from './client-parts.ts';
import { hitWatchEvent, watchedEvent } from './watched-event.ts';

/** The program that the watches are for. */
export interface WatchConsumer {
  /** Takes a batch, when it is ready for it. */
  take(watchId: CallId, events: number, bytes: number): void;
  watch(target: WatchTarget, fromRevision: number): CallId;
}

type Batch = Extract<ClientEffect, { readonly type: 'watchBatch' }>;
type Progress = Extract<ClientEffect, { readonly type: 'watchProgress' }>;
type Ended = Extract<ClientEffect, { readonly type: 'watchEnded' }>;

/** Watches through the SDK: what their consumers get. */
export class SdkWatches {
  readonly #client: string;
  readonly #consumer: WatchConsumer;
  readonly #watches = new Map<CallId, WatchRecord>();

  readonly #host: ClientHost;
  readonly #afterCompaction = new Set<CallId>();

  constructor(client: string, host: ClientHost, consumer: WatchConsumer) {
    this.#client = client;
    this.#host = host;
    this.#consumer = consumer;
  }

  get count(): number {
    return this.#watches.size;
  }

  add(watchId: CallId, record: WatchRecord): void {
    this.#watches.set(watchId, record);
  }

  onSettled(watchId: CallId, settlement: Settlement): boolean {
    const record = this.#watches.get(watchId);
    if (record === undefined) return false;
    if (settlement.type === 'watching') {
      record.startRevision = settlement.startRevision;
      if (this.#afterCompaction.delete(watchId)) this.#host.coverage.hit('watch resumed after compaction');
    } else {
      this.#end(watchId, record);
      if (settlement.type === 'failed' && settlement.failure.code !== 'CLOSED')
        this.#onFailed(record, settlement.failure);
    }
    return true;
  }

  onBatch({ watchIds, revision, events, bytes }: Batch): void {
    for (const watchId of watchIds) {
      const record = this.#watches.get(watchId);
      if (record === undefined) continue;
      hitWatchEvent(this.#host.coverage, record.target);
      record.deliveries.push({ kind: 'events', revision, events: events.map(watchedEvent) });
      this.#consumer.take(watchId, events.length, bytes);
    }
  }

  onProgress({ watchIds, revision }: Progress): void {
    for (const watchId of watchIds) {
      this.#watches.get(watchId)?.deliveries.push({ kind: 'progress', revision, events: [] });
      this.#host.coverage.hit('watch told of progress');
    }
  }

  onEnded({ watchId, failure }: Ended): void {
    const record = this.#watches.get(watchId);
    if (record === undefined) return;
    this.#end(watchId, record);
    if (failure !== undefined) this.#onFailed(record, failure);
  }

  /** Only what is gone ends a watch; its program goes on with what is left. */
  #onFailed(record: WatchRecord, { code, message, oldestRevision }: Failure): void {
    const { target, fromRevision, startRevision, deliveries } = record;
    if (code !== 'COMPACTED') violated('no watch ends by itself', `${this.#client}: ${code}: ${message}`);
    const told = deliveries.at(-1)?.revision;
    const next = told === undefined ? Math.max(fromRevision, startRevision) : told + 1;
    this.#host.compaction.onWatchRefused(this.#client, next, oldestRevision);
    this.#afterCompaction.add(this.#consumer.watch(target, oldestRevision));
  }

  /** The oldest, which its program wants no longer. */
  closeOne(): CallId | undefined {
    for (const [watchId, record] of this.#watches) {
      this.#end(watchId, record);
      return watchId;
    }
    return undefined;
  }

  stop(): void {
    for (const [watchId, record] of this.#watches) this.#end(watchId, record);
  }

  #end(watchId: CallId, record: WatchRecord): void {
    record.ended = true;
    this.#watches.delete(watchId);
  }
}
