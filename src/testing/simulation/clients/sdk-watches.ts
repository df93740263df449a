import type { ClientEffect, Settlement } from '../../../client/core/effect.ts';
import type { CallId } from '../../../client/core/input.ts';
import type { WatchRecord } from '../../checkers/history.ts';
import { violated } from '../invariants/violation.ts';
import { watchedEvent } from './watched-event.ts';

type Batch = Extract<ClientEffect, { readonly type: 'watchBatch' }>;
type Ended = Extract<ClientEffect, { readonly type: 'watchEnded' }>;

/** Watches through the SDK: what their consumers get, one batch at a time. */
export class SdkWatches {
  readonly #client: string;
  /** The consumer asks for the next batch, when it is ready. */
  readonly #take: (watchId: CallId) => void;
  readonly #watches = new Map<CallId, WatchRecord>();

  constructor(client: string, take: (watchId: CallId) => void) {
    this.#client = client;
    this.#take = take;
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
      this.#take(watchId);
    } else {
      this.#end(watchId, record);
    }
    return true;
  }

  onBatch({ watchId, revision, events }: Batch): void {
    const record = this.#watches.get(watchId);
    if (record === undefined) return;
    record.deliveries.push({ kind: 'events', revision, events: events.map(watchedEvent) });
    this.#take(watchId);
  }

  onEnded({ watchId, failure }: Ended): void {
    const record = this.#watches.get(watchId);
    if (record === undefined) return;
    this.#end(watchId, record);
    if (failure !== undefined)
      violated('no watch ends by itself', `${this.#client}: ${failure.code}: ${failure.message}`);
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
