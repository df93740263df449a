import type { Connection } from './connections.ts';
import type { WatchSelection } from './watch-selection.ts';

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
