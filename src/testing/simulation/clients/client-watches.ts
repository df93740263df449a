import type { WatchNotice } from '../../../wire/frame.ts';
import type { Revision } from '../../../wire/identifiers.ts';
import { decodeWatchNotice } from '../../../wire/notice-codec.ts';
import type { WireError } from '../../../wire/result.ts';
import type { WatchTarget } from '../../../wire/watch.ts';
import type { WatchedEvent, WatchRecord } from '../../checkers/history.ts';
import { violated } from '../invariants/violation.ts';
import type { ClientContext } from './client-parts.ts';
import { hitWatchEvent, watchedEvent } from './watched-event.ts';

interface Watch {
  readonly record: WatchRecord;
  /** On the current connection; 0: not asked for there. */
  watchId: number;
  /** What was asked for on the current connection. */
  askedFrom: number;
  /** The first revision that has not been delivered whole. */
  next: number;
  /** Parts of a revision that has not come whole. */
  parts: WatchedEvent[];
  /** Takes the place of one whose revisions were gone. */
  readonly afterCompaction: boolean;
}

/** A client's watches; each goes on where it was when the client comes to another node. */
export class ClientWatches {
  readonly #context: ClientContext;
  readonly #watches: Watch[] = [];
  #lastWatchId = 0;

  constructor(context: ClientContext) {
    this.#context = context;
  }

  get count(): number {
    return this.#watches.length;
  }

  /** `fromRevision` 0: from now. */
  create(target: WatchTarget, fromRevision: number, afterCompaction = false): void {
    const { name: client, seenRevision, host } = this.#context;
    const record: WatchRecord = {
      client,
      target,
      fromRevision,
      seenRevision,
      startRevision: 0,
      deliveries: [],
      ended: false,
    };
    host.history.watches.push(record);
    const watch: Watch = { record, watchId: 0, askedFrom: 0, next: fromRevision, parts: [], afterCompaction };
    this.#watches.push(watch);
    if (fromRevision !== 0) host.coverage.hit('watch started in the past');
    if (this.#context.welcomed) this.#ask(watch);
  }

  cancelOne(): void {
    const watch = this.#watches.shift();
    if (watch === undefined) return;
    watch.record.ended = true;
    if (this.#context.welcomed && watch.watchId !== 0) this.#context.outgoing().watchCancels.push(watch.watchId);
  }

  /** Those that were refused because the node had too many. */
  askAgain(): void {
    for (const watch of this.#watches) if (watch.watchId === 0) this.#ask(watch);
  }

  /** A new connection. */
  resume(): void {
    for (const watch of this.#watches) {
      watch.parts = [];
      if (watch.record.startRevision !== 0) this.#context.host.coverage.hit('watch resumed on another node');
      this.#ask(watch);
    }
  }

  endAll(): void {
    for (const { record } of this.#watches) record.ended = true;
    this.#watches.length = 0;
  }

  /** Returns the revision that the client has now seen. */
  onNotice(bytes: Uint8Array): number {
    const { watchIds, notice } = decodeWatchNotice(bytes);
    let seen = 0;
    for (const watchId of watchIds) {
      const watch = this.#watches.find((other) => other.watchId === watchId);
      // One that was cancelled may still be told of what was under way.
      if (watch !== undefined) seen = Math.max(seen, this.#onWatchNotice(watch, notice));
    }
    return seen;
  }

  #ask(watch: Watch): void {
    this.#lastWatchId += 1;
    watch.watchId = this.#lastWatchId;
    watch.askedFrom = watch.next;
    this.#context.outgoing().watchCreates.push({
      watchId: watch.watchId,
      target: watch.record.target,
      fromRevision: watch.next as Revision,
      seenRevision: this.#context.seenRevision as Revision,
    });
  }

  #onWatchNotice(watch: Watch, notice: WatchNotice['notice']): number {
    const { record } = watch;
    switch (notice.kind) {
      case 'created': {
        const { startRevision } = notice;
        if (watch.askedFrom !== 0 && startRevision !== watch.askedFrom) {
          violated('a watch resumes where asked', `${this.#context.name}: ${watch.askedFrom}, not ${startRevision}`);
        }
        if (record.startRevision === 0) {
          record.startRevision = startRevision;
          if (watch.afterCompaction) this.#context.host.coverage.hit('watch resumed after compaction');
        }
        watch.next = startRevision;
        return 0;
      }
      case 'batch':
        watch.parts.push(...notice.events.map(watchedEvent));
        if (notice.partial) return 0;
        hitWatchEvent(this.#context.host.coverage, record.target);
        record.deliveries.push({ kind: 'events', revision: notice.revision, events: watch.parts });
        watch.parts = [];
        watch.next = notice.revision + 1;
        return notice.revision;
      case 'progress':
        this.#context.host.coverage.hit('watch told of progress');
        record.deliveries.push({ kind: 'progress', revision: notice.revision, events: [] });
        watch.next = Math.max(watch.next, notice.revision + 1);
        return notice.revision;
      case 'ended':
        this.#onEnded(watch, notice.error);
        return 0;
    }
  }

  #onEnded(watch: Watch, { code, oldestRevision }: WireError): void {
    const { name, host } = this.#context;
    if (code === 'BUSY') {
      host.coverage.hit('watch refused as busy');
      watch.watchId = 0;
      watch.parts = [];
      return;
    }
    if (code !== 'COMPACTED') violated('no watch ends by itself', `${name}: ${code}`);
    host.compaction.onWatchRefused(name, watch.next, oldestRevision);
    watch.record.ended = true;
    this.#watches.splice(this.#watches.indexOf(watch), 1);
    this.create(watch.record.target, oldestRevision, true);
  }
}
