import type { RevisionEvents } from '../machine/history.ts';
import type { WireEvent } from '../wire/frame.ts';
import { encodeNoticeBody } from '../wire/notice-codec.ts';
import type { Connection } from './connections.ts';
import { selects, type WatchSelection } from './watch-selection.ts';

/** A revision with more than this travels in several notices. */
const noticeTargetBytes = 1024 * 1024;

/** The events of one revision that a selection sees, as notice bodies, ready to be joined with the ids of watches. */
export function noticeBodies(selection: WatchSelection, { revision, events }: RevisionEvents): readonly Uint8Array[] {
  const seen = events.filter((event) => selects(selection, event.keyString));
  if (seen.length === 0) return [];
  const bodies: Uint8Array[] = [];
  let part: WireEvent[] = [];
  let bytes = 0;
  seen.forEach((event, index) => {
    part.push(event);
    bytes += event.key.byteLength + (event.previous?.value.byteLength ?? 0);
    if (event.type === 'put') bytes += event.entry.value.byteLength;
    const last = index === seen.length - 1;
    if (!last && bytes < noticeTargetBytes) return;
    bodies.push(encodeNoticeBody({ kind: 'batch', revision, events: part, partial: !last }));
    part = [];
    bytes = 0;
  });
  return bodies;
}

/** Watches of one selection that have been told everything so far: each event is encoded once for all of them. */
export class WatchGroup {
  readonly selection: WatchSelection;
  readonly #members = new Map<Connection, Set<number>>();

  constructor(selection: WatchSelection) {
    this.selection = selection;
  }

  get empty(): boolean {
    return this.#members.size === 0;
  }

  add(connection: Connection, watchId: number): void {
    const ids = this.#members.get(connection);
    if (ids === undefined) this.#members.set(connection, new Set([watchId]));
    else ids.add(watchId);
  }

  remove(connection: Connection, watchId: number): void {
    const ids = this.#members.get(connection);
    if (ids === undefined) return;
    ids.delete(watchId);
    if (ids.size === 0) this.#members.delete(connection);
  }

  removeConnection(connection: Connection): readonly number[] {
    const ids = this.#members.get(connection);
    this.#members.delete(connection);
    return ids === undefined ? [] : [...ids];
  }

  members(): Iterable<readonly [Connection, ReadonlySet<number>]> {
    return this.#members;
  }
}
