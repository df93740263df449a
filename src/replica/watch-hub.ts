import type { RevisionEvents } from '../machine/history.ts';
import type { Machine } from '../machine/machine.ts';
import { assert } from '../wire/assert.ts';
import type { WatchCreate } from '../wire/frame.ts';
import type { Revision } from '../wire/identifiers.ts';
import { encodeNoticeBody, joinNotice } from '../wire/notice-codec.ts';
import type { WireError } from '../wire/result.ts';
import { validateWatchTarget } from '../wire/validate-watch.ts';
import type { WatchKind } from '../wire/watch.ts';
import { wireError } from '../wire/wire-error.ts';
import type { Connection } from './connections.ts';
import { replicaLimits } from './limits.ts';
import { noticeParts } from './notice-parts.ts';
import type { Watch } from './watch.ts';
import type { WatchGroup } from './watch-group.ts';
import { WatchGroups } from './watch-groups.ts';
import { WatchProgress } from './watch-progress.ts';
import { eventName, selectionOf, selectsAny, type WatchSelection, watchKindOf } from './watch-selection.ts';
import type { WatchView } from './watch-view.ts';

/** Revisions that one watch may read from history before the next one's turn. */
const catchUpRevisions = 512;
/** What all watches together may do so in one turn, so that leases do not run out meanwhile. */
const turnRevisions = 4_096;
const turnWatches = 1_024;

/**
 * Watches of this node's clients. A watch that is up to date belongs to the group of its selection, for which each event is
 * encoded once; one that starts in the past, or whose connection does not take its output, reads the replicated history
 * at its own pace, so that no buffer grows for it: a revision with much in it part by part. If the history ends before it, it is told
 * COMPACTED, never skipped.
 */
export class WatchHub {
  readonly #machine: Machine;
  readonly #watches = new Map<Connection, Map<number, Watch>>();
  readonly #groups = {
    keys: new WatchGroups(),
    locks: new WatchGroups(),
    counters: new WatchGroups(),
    sessions: new WatchGroups(),
  } as const satisfies Record<WatchKind, WatchGroups>;
  readonly #lagging = new Set<Watch>();
  #count = 0;
  /** Everything up to here has been given to the groups. */
  #dispatched = 0 as Revision;
  readonly #progress = new WatchProgress();
  /** Revisions that may still be read from history in this turn. */
  #revisionsLeft = turnRevisions;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  get count(): number {
    return this.#count;
  }

  /** Of those that read history, as fast as their clients take it. */
  get laggingCount(): number {
    return this.#lagging.size;
  }

  /** In no order. */
  *all(): IterableIterator<WatchView> {
    for (const [connection, watches] of this.#watches) {
      const { id, unwrittenBytes } = connection;
      for (const watch of watches.values()) {
        const { target } = watch.selection;
        yield { connection: id, id: watch.id, target, lagging: !watch.synced, unwrittenBytes };
      }
    }
  }

  create(connection: Connection, request: WatchCreate): void {
    const ofConnection = this.#watches.get(connection) ?? new Map<number, Watch>();
    if (ofConnection.has(request.watchId)) {
      this.#refuse(connection, request.watchId, 'INVALID_ARGUMENT', `watch ${request.watchId} exists already`);
      return;
    }
    const problem = validateWatchTarget(request.target);
    if (problem !== undefined) {
      this.#end(connection, request.watchId, problem);
      return;
    }
    if (this.#count >= replicaLimits.watches) {
      this.#refuse(connection, request.watchId, 'BUSY', 'too many watches on this node');
      return;
    }
    const now = Math.max(this.#machine.revision, request.seenRevision, connection.seenRevision);
    if (Math.max(now, request.fromRevision) >= Number.MAX_SAFE_INTEGER) {
      this.#refuse(connection, request.watchId, 'INVALID_ARGUMENT', 'there is no such revision');
      return;
    }
    const next = (request.fromRevision === 0 ? now + 1 : request.fromRevision) as Revision;
    const watch: Watch = {
      id: request.watchId,
      connection,
      selection: selectionOf(request.target),
      next,
      nextEvent: 0,
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
    const { keys, locks, counters, sessions } = this.#groups;
    if (!(keys.isEmpty && locks.isEmpty && counters.isEmpty && sessions.isEmpty)) {
      for (const batch of this.#machine.events(this.#dispatched)) this.#dispatch(batch);
    }
    this.#dispatched = this.#machine.revision;
  }

  /** Another node's state has taken the place of this one's: each watch reads what came between, or learns that it is gone. */
  onInstalled(): void {
    this.#fallBehind();
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
    if (!this.#progress.isDue(nowMs, this.#dispatched)) return;
    const body = encodeNoticeBody({ kind: 'progress', revision: this.#dispatched });
    for (const [connection, watches] of this.#watches) {
      const ids: number[] = [];
      for (const watch of watches.values()) if (watch.synced) ids.push(watch.id);
      if (ids.length > 0 && connection.writable) connection.watchNotice(joinNotice(ids, body));
    }
  }

  #fallBehind(): void {
    for (const watches of this.#watches.values()) {
      for (const watch of watches.values()) {
        if (watch.synced) this.#lag(watch, (this.#dispatched + 1) as Revision, 0);
      }
    }
    for (const groups of Object.values(this.#groups)) groups.clear();
  }

  #dispatch(batch: RevisionEvents): void {
    const { keys } = this.#groups;
    // A revision has one event per key, and one per lock, counter and session.
    for (const event of batch.events) {
      const groups = keys.ofName(event.keyString);
      if (groups.length === 0) continue;
      // Alone: where a revision has many events, each watched by somebody, not everybody looks at all of them.
      const own = batch.events.length === 1 ? batch : { ...batch, events: [event] };
      for (const group of groups) this.#deliver(group, own);
    }
    for (const group of keys.ranges()) if (selectsAny(group.selection, batch.events)) this.#deliver(group, batch);
    if (batch.objects.length > 0) this.#dispatchObjects(batch);
  }

  #dispatchObjects(batch: RevisionEvents): void {
    for (const object of batch.objects) {
      const groups = this.#groups[watchKindOf(object)].ofName(eventName(object));
      if (groups.length === 0) continue;
      const own = batch.objects.length === 1 ? batch : { ...batch, objects: [object] };
      for (const group of groups) this.#deliver(group, own);
    }
    for (const kind of ['locks', 'counters', 'sessions'] as const) {
      for (const group of this.#groups[kind].ranges()) this.#deliver(group, batch);
    }
  }

  #deliver(group: WatchGroup, batch: RevisionEvents): void {
    // Of a batch that was made for one name alone there is but one part: its places are not those of the revision.
    let fromEvent = 0;
    for (const { body, nextEvent } of noticeParts(group.selection, batch, 0)) {
      for (const [connection, ids] of group.members()) {
        if (connection.writable) {
          connection.watchNotice(joinNotice([...ids], body));
          continue;
        }
        for (const id of group.removeConnection(connection)) {
          const watch = this.#watches.get(connection)?.get(id);
          assert(watch !== undefined, `watch ${id} is in a group but not known`);
          this.#lag(watch, batch.revision, fromEvent);
        }
      }
      if (group.empty) {
        this.#groupsOf(group.selection).drop(group);
        return;
      }
      fromEvent = nextEvent ?? 0;
    }
  }

  /** From there on it reads history. */
  #lag(watch: Watch, next: Revision, nextEvent: number): void {
    watch.next = next;
    watch.nextEvent = nextEvent;
    watch.synced = false;
    this.#lagging.add(watch);
  }

  #catchUp(watch: Watch): void {
    if (this.#revisionsLeft === 0 || !watch.connection.writable || this.#endIfCompacted(watch)) return;
    if (watch.next <= this.#dispatched) {
      let revisions = 0;
      for (const batch of this.#machine.events((watch.next - 1) as Revision)) {
        if (batch.revision > this.#dispatched) break;
        if (!this.#tell(watch, batch)) return;
        watch.next = (batch.revision + 1) as Revision;
        revisions += 1;
        this.#revisionsLeft -= 1;
        if (revisions === catchUpRevisions || this.#revisionsLeft === 0 || !watch.connection.writable) return;
      }
      watch.next = (this.#dispatched + 1) as Revision;
    }
    if (watch.next === this.#dispatched + 1) this.#join(watch);
  }

  /** False if the connection takes no more before all of it is told. */
  #tell(watch: Watch, batch: RevisionEvents): boolean {
    for (const { body, nextEvent } of noticeParts(watch.selection, batch, watch.nextEvent)) {
      watch.connection.watchNotice(joinNotice([watch.id], body));
      watch.next = batch.revision;
      watch.nextEvent = nextEvent ?? 0;
      if (nextEvent !== undefined && !watch.connection.writable) return false;
    }
    return true;
  }

  #join(watch: Watch): void {
    this.#groupsOf(watch.selection).open(watch.selection).add(watch.connection, watch.id);
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
    this.#end(watch.connection, watch.id, error);
    this.#remove(watch);
    return true;
  }

  #refuse(connection: Connection, watchId: number, code: 'INVALID_ARGUMENT' | 'BUSY', message: string): void {
    this.#end(connection, watchId, wireError(code, message));
  }

  #end(connection: Connection, watchId: number, error: WireError): void {
    connection.watchNotice(joinNotice([watchId], encodeNoticeBody({ kind: 'ended', error })));
  }

  #remove(watch: Watch): void {
    const ofConnection = this.#watches.get(watch.connection);
    if (ofConnection?.delete(watch.id) !== true) return;
    if (ofConnection.size === 0) this.#watches.delete(watch.connection);
    this.#count -= 1;
    this.#lagging.delete(watch);
    if (!watch.synced) return;
    const groups = this.#groupsOf(watch.selection);
    const group = groups.find(watch.selection);
    group?.remove(watch.connection, watch.id);
    if (group?.empty === true) groups.drop(group);
  }

  #groupsOf({ target }: WatchSelection): WatchGroups {
    return this.#groups[target.kind];
  }
}
