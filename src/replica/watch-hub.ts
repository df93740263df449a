import type { RevisionEvents } from '../machine/history.ts';
import type { Machine } from '../machine/machine.ts';
import { assert } from '../wire/assert.ts';
import type { WatchCreate } from '../wire/frame.ts';
import type { Revision } from '../wire/identifiers.ts';
import { encodeNoticeBody, joinNotice } from '../wire/notice-codec.ts';
import type { WireError } from '../wire/result.ts';
import type { Connection } from './connections.ts';
import { replicaLimits } from './limits.ts';
import { noticeBodies, WatchGroup } from './watch-group.ts';
import { selectionId, selectionOf, selectsAny, type WatchSelection } from './watch-selection.ts';

/** Idle watches are told this often that nothing happened. */
const progressMs = 1_000;
/** Revisions that one watch may read from history before the next one's turn. */
const catchUpRevisions = 512;
/** What all watches together may do so in one turn, so that leases do not run out meanwhile. */
const turnRevisions = 4_096;
const turnWatches = 1_024;

interface Watch {
  readonly id: number;
  readonly connection: Connection;
  readonly selection: WatchSelection;
  /** The first revision of which it has not been told. */
  next: Revision;
  /** In a group, or by itself reading history (or waiting for a revision to come). */
  synced: boolean;
}

/**
 * Watches of this node's clients. A watch that is up to date belongs to the group of its selection, for which each event is
 * encoded once; one that starts in the past, or whose connection does not take its output, reads the replicated history
 * at its own pace, so that no buffer grows for it. If the history ends before it, it is told COMPACTED, never skipped.
 */
export class WatchHub {
  readonly #machine: Machine;
  readonly #watches = new Map<Connection, Map<number, Watch>>();
  readonly #keyGroups = new Map<string, WatchGroup>();
  readonly #rangeGroups = new Map<string, WatchGroup>();
  readonly #lagging = new Set<Watch>();
  #count = 0;
  /** Everything up to here has been given to the groups. */
  #dispatched = 0 as Revision;
  #progressMs = Number.NEGATIVE_INFINITY;
  #progressRevision = 0 as Revision;
  /** Revisions that may still be read from history in this turn. */
  #revisionsLeft = turnRevisions;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  get count(): number {
    return this.#count;
  }

  get laggingCount(): number {
    return this.#lagging.size;
  }

  create(connection: Connection, request: WatchCreate): void {
    const ofConnection = this.#watches.get(connection) ?? new Map<number, Watch>();
    if (ofConnection.has(request.watchId)) {
      this.#refuse(connection, request.watchId, 'INVALID_ARGUMENT', `watch ${request.watchId} exists already`);
      return;
    }
    if (this.#count >= replicaLimits.watches) {
      this.#refuse(connection, request.watchId, 'BUSY', 'too many watches on this node');
      return;
    }
    const now = Math.max(this.#machine.revision, request.seenRevision, connection.seenRevision);
    const next = (request.fromRevision === 0 ? now + 1 : request.fromRevision) as Revision;
    const watch: Watch = {
      id: request.watchId,
      connection,
      selection: selectionOf(request.range),
      next,
      synced: false,
    };
    this.#watches.set(connection, ofConnection);
    ofConnection.set(watch.id, watch);
    this.#count += 1;
    if (!this.#endIfCompacted(watch)) {
      connection.watchNotice(joinNotice([watch.id], encodeNoticeBody({ kind: 'created', startRevision: next })));
      this.#lagging.add(watch);
      this.#catchUp(watch);
    }
  }

  cancel(connection: Connection, watchId: number): void {
    const watch = this.#watches.get(connection)?.get(watchId);
    if (watch !== undefined) this.#remove(watch);
  }

  onClientClosed(connection: Connection): void {
    for (const watch of [...(this.#watches.get(connection)?.values() ?? [])]) this.#remove(watch);
  }

  /** After slots have been applied: gives what is new to the groups. */
  onApplied(): void {
    if (this.#machine.revision === this.#dispatched) return;
    if (this.#machine.compactedRevision > this.#dispatched) this.#fallBehind();
    if (this.#keyGroups.size + this.#rangeGroups.size > 0) {
      for (const batch of this.#machine.events(this.#dispatched)) this.#dispatch(batch);
    }
    this.#dispatched = this.#machine.revision;
  }

  /** At the end of every turn: lets watches read history where there is room, in rotation. */
  pump(): void {
    let visits = Math.min(this.#lagging.size, turnWatches);
    for (const watch of this.#lagging) {
      if (visits === 0 || this.#revisionsLeft === 0) break;
      visits -= 1;
      this.#catchUp(watch);
      if (this.#lagging.delete(watch)) this.#lagging.add(watch);
    }
    this.#revisionsLeft = turnRevisions;
  }

  onTick(nowMs: number): void {
    if (nowMs - this.#progressMs < progressMs) return;
    this.#progressMs = nowMs;
    if (this.#progressRevision === this.#dispatched) return;
    this.#progressRevision = this.#dispatched;
    const body = encodeNoticeBody({ kind: 'progress', revision: this.#dispatched });
    for (const [connection, watches] of this.#watches) {
      const ids: number[] = [];
      for (const watch of watches.values()) if (watch.synced) ids.push(watch.id);
      if (ids.length > 0 && connection.writable) connection.watchNotice(joinNotice(ids, body));
    }
  }

  /** A client had forgotten what the same slot has done: nobody can be told of it, and everybody has to be told that. */
  #fallBehind(): void {
    for (const watches of this.#watches.values()) {
      for (const watch of watches.values()) {
        if (!watch.synced) continue;
        watch.synced = false;
        watch.next = (this.#dispatched + 1) as Revision;
        this.#lagging.add(watch);
      }
    }
    this.#keyGroups.clear();
    this.#rangeGroups.clear();
  }

  #dispatch(batch: RevisionEvents): void {
    for (const event of batch.events) {
      // A revision has one event per key.
      const group = this.#keyGroups.get(event.keyString);
      if (group !== undefined) this.#deliver(group, batch);
    }
    for (const group of this.#rangeGroups.values()) {
      if (selectsAny(group.selection, batch.events)) this.#deliver(group, batch);
    }
  }

  #deliver(group: WatchGroup, batch: RevisionEvents): void {
    const bodies = noticeBodies(group.selection, batch);
    for (const [connection, ids] of group.members()) {
      if (connection.writable) {
        for (const body of bodies) connection.watchNotice(joinNotice([...ids], body));
        continue;
      }
      for (const id of group.removeConnection(connection)) {
        const watch = this.#watches.get(connection)?.get(id);
        assert(watch !== undefined, `watch ${id} is in a group but not known`);
        watch.synced = false;
        watch.next = batch.revision;
        this.#lagging.add(watch);
      }
    }
    if (group.empty) this.#dropGroup(group.selection);
  }

  #catchUp(watch: Watch): void {
    if (this.#revisionsLeft === 0 || !watch.connection.writable || this.#endIfCompacted(watch)) return;
    if (watch.next <= this.#dispatched) {
      let revisions = 0;
      for (const batch of this.#machine.events((watch.next - 1) as Revision)) {
        if (batch.revision > this.#dispatched) break;
        for (const body of noticeBodies(watch.selection, batch))
          watch.connection.watchNotice(joinNotice([watch.id], body));
        watch.next = (batch.revision + 1) as Revision;
        revisions += 1;
        this.#revisionsLeft -= 1;
        if (revisions === catchUpRevisions || this.#revisionsLeft === 0 || !watch.connection.writable) return;
      }
      watch.next = (this.#dispatched + 1) as Revision;
    }
    if (watch.next === this.#dispatched + 1) this.#join(watch);
  }

  #join(watch: Watch): void {
    const groups = this.#groupsOf(watch.selection);
    const id = selectionId(watch.selection);
    let group = groups.get(id);
    if (group === undefined) {
      group = new WatchGroup(watch.selection);
      groups.set(id, group);
    }
    group.add(watch.connection, watch.id);
    watch.synced = true;
    this.#lagging.delete(watch);
  }

  #endIfCompacted(watch: Watch): boolean {
    const oldest = this.#machine.oldestRevision;
    if (watch.next >= oldest) return false;
    const error: WireError = {
      kind: 'error',
      code: 'COMPACTED',
      message: `revision ${watch.next} has been compacted; the oldest is ${oldest}`,
      oldestRevision: oldest,
    };
    watch.connection.watchNotice(joinNotice([watch.id], encodeNoticeBody({ kind: 'ended', error })));
    this.#remove(watch);
    return true;
  }

  #refuse(connection: Connection, watchId: number, code: 'INVALID_ARGUMENT' | 'BUSY', message: string): void {
    const error: WireError = { kind: 'error', code, message, oldestRevision: 0 as Revision };
    connection.watchNotice(joinNotice([watchId], encodeNoticeBody({ kind: 'ended', error })));
  }

  #remove(watch: Watch): void {
    const ofConnection = this.#watches.get(watch.connection);
    if (ofConnection?.delete(watch.id) !== true) return;
    if (ofConnection.size === 0) this.#watches.delete(watch.connection);
    this.#count -= 1;
    this.#lagging.delete(watch);
    if (!watch.synced) return;
    const group = this.#groupsOf(watch.selection).get(selectionId(watch.selection));
    group?.remove(watch.connection, watch.id);
    if (group?.empty === true) this.#dropGroup(watch.selection);
  }

  #groupsOf({ kind }: WatchSelection): Map<string, WatchGroup> {
    return kind === 'key' ? this.#keyGroups : this.#rangeGroups;
  }

  #dropGroup(selection: WatchSelection): void {
    this.#groupsOf(selection).delete(selectionId(selection));
  }
}
