import { assert } from '../wire/assert.ts';
import { keyString } from '../wire/bytes.ts';
import type { Revision, SessionId } from '../wire/identifiers.ts';
import type { KeyRange } from '../wire/operation.ts';
import { type Checksum, StateHash } from './hash.ts';
import type { History } from './history.ts';
import { type KeyChange, successor } from './key-change.ts';
import { DeleteEvent, type KeyEvent, PutEvent } from './key-event.ts';
import { KeyOwners, noSession } from './key-owners.ts';
import { compareText, SortedMap } from './sorted-map.ts';
import { PlannedVersion, type Version, type VersionFields, VersionView } from './version.ts';
import { hashVersion, noVersion, type VersionId, VersionStore } from './version-store.ts';

/**
 * Keys in byte order, with their versions back to the compaction floor (multi-version, as etcd's). The newest state of
 * a key is in one of two maps, so that a range over living keys does not wade through those that were deleted.
 */
export class Keyspace {
  readonly #live: SortedMap<string, VersionId>;
  /** Keys whose newest version is a deletion above the floor. */
  readonly #deleted: SortedMap<string, VersionId>;
  /** The same as that of a keyspace which shares this one's versions. */
  readonly versions: VersionStore;
  readonly #owners: KeyOwners;
  readonly #history: History;
  readonly #hash: StateHash;
  readonly #checksum: Checksum;

  constructor(history: History, hash: StateHash, checksum: Checksum, origin?: Keyspace) {
    this.#history = history;
    this.#hash = hash;
    this.#checksum = checksum;
    this.#owners = new KeyOwners(origin === undefined ? undefined : origin.#owners);
    this.versions = origin?.versions ?? new VersionStore();
    if (origin === undefined) {
      this.#live = new SortedMap<string, VersionId>(undefined, compareText);
      this.#deleted = new SortedMap<string, VersionId>(undefined, compareText);
      return;
    }
    this.#live = origin.#live.clone();
    this.#deleted = origin.#deleted.clone();
  }

  /** Undefined if there is no such key. */
  get(key: string): Version | undefined {
    return this.#view(key, this.#live.get(key) ?? noVersion);
  }

  /** As it was at the revision, which is not below the floor. */
  getAt(key: string, revision: Revision): Version | undefined {
    const newest = this.#newest(key);
    return newest === noVersion ? undefined : this.#walkBack(key, newest, revision);
  }

  /** In key order, or backwards, as at the revision, which is not below the floor. Ends with the next change of the keyspace. */
  *range(
    range: KeyRange,
    revision: Revision,
    order: 'ascending' | 'descending' = 'ascending',
  ): IterableIterator<Version> {
    const from = keyString(range.from);
    if (range.to === 'single') {
      const found = this.getAt(from, revision);
      if (found !== undefined) yield found;
      return;
    }
    const end = range.to === 'unbounded' ? undefined : keyString(range.to);
    const newest = revision === this.#history.revision;
    const ascending = order === 'ascending';
    const live = ascending ? this.#live.entries(from) : entriesBelow(this.#live, end);
    for (const [key, id] of newest ? live : this.#withDeleted(live, ascending ? from : end, ascending)) {
      if (ascending ? end !== undefined && key >= end : key < from) return;
      const found = newest ? this.#view(key, id) : this.#walkBack(key, id, revision);
      if (found !== undefined) yield found;
    }
  }

  /**
   * How many keys of the range there were at the revision, which is not below the floor. In time for the tree's leaves and for what
   * has happened since, not for each key.
   */
  count(range: KeyRange, revision: Revision): number {
    const from = keyString(range.from);
    if (range.to === 'single') return this.getAt(from, revision) === undefined ? 0 : 1;
    const end = range.to === 'unbounded' ? undefined : keyString(range.to);
    const last = end ?? this.#live.maxKey();
    let count = last === undefined || last < from ? 0 : this.#live.forRange(from, last, end === undefined);
    for (let later = revision + 1; later <= this.#history.revision; later++) {
      for (const { keyString: key, type, previous } of this.#history.at(later)) {
        if (key < from || (end !== undefined && key >= end)) continue;
        if (type === 'delete') count += 1;
        else if (previous === undefined) count -= 1;
      }
    }
    return count;
  }

  /** What the change, a put, would make of the key in the next revision. */
  preview(change: KeyChange): Version {
    const next = (this.#history.revision + 1) as Revision;
    return new PlannedVersion(successor(this.get(change.key), change, next));
  }

  /** The keys that die with the session, in order. */
  ownedKeys(sessionId: SessionId): readonly string[] {
    return this.#owners.keysOf(sessionId);
  }

  /** How many keys the session would own after these changes. */
  ownedCountAfter(sessionId: SessionId, changes: readonly KeyChange[]): number {
    let count = this.#owners.count(sessionId);
    for (const change of changes) {
      if (this.#owners.owns(sessionId, change.key)) count -= 1;
      if (change.value !== undefined && change.sessionId === sessionId) count += 1;
    }
    return count;
  }

  /** Makes the changes, in key order, in the newest revision. */
  commit(changes: readonly KeyChange[]): void {
    const { revision } = this.#history;
    this.#history.record(changes.map((change) => this.#change(revision, change)));
  }

  /** Forgets what cannot be seen from the revision on: with it the states below, and the events up to and including it. */
  compact(through: Revision): void {
    for (const events of this.#history.dropThrough(through)) {
      for (const { keyString: key, nowId, beforeId } of events) {
        if (beforeId !== noVersion) this.#forget(beforeId);
        if (!this.versions.isDeletion(nowId)) continue;
        // It goes out of sight with its own revision; it is forgotten with the event that takes its place, if there is one.
        this.#hash.remove(this.versions.hash(nowId));
        if (this.#deleted.get(key) !== nowId) continue;
        this.#deleted.delete(key);
        this.versions.forget(nowId);
      }
    }
  }

  /** Living keys that have not changed above the floor, in key order. */
  *settled(): IterableIterator<Version> {
    const { floor } = this.#history;
    for (const [key, id] of this.#live.entries()) {
      if (this.versions.modRevision(id) <= floor) yield new VersionView(this.versions, id, key);
    }
  }

  /** One of `settled`. */
  restoreSettled(restored: VersionFields): void {
    assert(restored.modRevision <= this.#history.floor && restored.version > 0, 'a settled key lives since the floor');
    assert(this.#live.set(restored.keyString, this.#keep(restored)), 'a settled key comes once');
    this.#owners.change(restored.keyString, noSession, restored.sessionId);
  }

  /**
   * What the revision that is being read did to a key. `previous`: what it took the place of, if that was there at the floor. Settled keys
   * come before, the events of earlier revisions, too.
   */
  restoreEvent(restored: VersionFields, previous: VersionFields | undefined): KeyEvent {
    const newest = this.#newest(restored.keyString);
    if (previous === undefined) return this.#replace(newest, restored);
    assert(newest === noVersion, 'one version is the one before');
    this.#owners.change(previous.keyString, noSession, previous.sessionId);
    return this.#replace(this.#keep(previous), restored);
  }

  /** Every version that is held for some readable revision, once: first the living, then by revision what is past. */
  *all(): IterableIterator<Version> {
    for (const [key, id] of this.#live.entries()) yield new VersionView(this.versions, id, key);
    const { floor, revision: last } = this.#history;
    for (let revision = floor + 1; revision <= last; revision++) {
      for (const { keyString: key, now, nowId, previous } of this.#history.at(revision)) {
        if (this.#live.get(key) !== nowId) yield now;
        if (previous !== undefined && previous.modRevision <= floor) yield previous;
      }
    }
  }

  addTo(hash: StateHash): void {
    const again = new StateHash();
    for (const version of this.all()) {
      hashVersion(version, this.#checksum, again);
      hash.add(again);
    }
  }

  /** @throws AssertionFailure if what follows from other parts of the state does not */
  verify(isLive: (sessionId: SessionId) => boolean): void {
    const owned: [string, SessionId][] = [];
    for (const [key, id] of this.#live.entries()) {
      assert(!this.versions.isDeletion(id) && !this.#deleted.has(key), 'a living key is not deleted');
      const sessionId = this.versions.sessionId(id);
      if (sessionId === noSession) continue;
      owned.push([key, sessionId]);
      assert(isLive(sessionId), 'the owner of an ephemeral key is live');
    }
    this.#owners.verify(owned);
    for (const id of this.#deleted.values()) {
      const isAbove = this.versions.modRevision(id) > this.#history.floor;
      assert(this.versions.isDeletion(id) && isAbove, 'a deletion is kept above the floor');
    }
    this.#verifySlots();
  }

  /** What is kept is what is referred to: nothing leaks. */
  #verifySlots(): void {
    const referred = new Set<VersionId>([...this.#live.values(), ...this.#deleted.values()]);
    const { floor, revision: last } = this.#history;
    for (let revision = floor + 1; revision <= last; revision++) {
      for (const { nowId, beforeId } of this.#history.at(revision)) {
        referred.add(nowId);
        if (beforeId !== noVersion) referred.add(beforeId);
      }
    }
    const { slots, deferred } = this.versions.slots.size;
    assert(slots - deferred === referred.size, 'a slot is in use for each version that can be seen');
  }

  #newest(key: string): VersionId {
    return this.#live.get(key) ?? (this.#deleted.isEmpty ? noVersion : (this.#deleted.get(key) ?? noVersion));
  }

  #view(key: string, id: VersionId): Version | undefined {
    return id === noVersion ? undefined : new VersionView(this.versions, id, key);
  }

  #walkBack(key: string, newest: VersionId, revision: Revision): Version | undefined {
    let id = newest;
    while (id !== noVersion && this.versions.modRevision(id) > revision) {
      id = this.#history.before(this.versions.modRevision(id), key);
    }
    return id === noVersion || this.versions.isDeletion(id) ? undefined : this.#view(key, id);
  }

  /** Living and deleted keys, merged in their order, from `start` on. */
  *#withDeleted(live: KeyIds, start: string | undefined, ascending: boolean): KeyIds {
    const deletions = ascending ? this.#deleted.entries(start) : entriesBelow(this.#deleted, start);
    let deletion = deletions.next();
    for (const entry of live) {
      while (deletion.done !== true && deletion.value[0] < entry[0] === ascending) {
        yield deletion.value;
        deletion = deletions.next();
      }
      yield entry;
    }
    for (; deletion.done !== true; deletion = deletions.next()) yield deletion.value;
  }

  #change(revision: Revision, change: KeyChange): KeyEvent {
    const before = this.#newest(change.key);
    const existing =
      before === noVersion || this.versions.isDeletion(before) ? undefined : this.#view(change.key, before);
    const isDeletion = change.value === undefined;
    const { sessionId } = change;
    assert(!isDeletion || (existing !== undefined && sessionId === noSession), 'only a key that exists is deleted');
    return this.#replace(before, successor(existing, change, revision));
  }

  #replace(before: VersionId, now: VersionFields): KeyEvent {
    const { keyString: key, sessionId } = now;
    const exists = before !== noVersion && !this.versions.isDeletion(before);
    this.#owners.change(key, exists ? this.versions.sessionId(before) : noSession, sessionId);
    const id = this.#keep(now);
    if (now.version === 0) {
      this.#live.delete(key);
      this.#deleted.set(key, id);
      return new DeleteEvent(this.versions, key, id, before);
    }
    this.#live.set(key, id);
    if (before !== noVersion && !exists) this.#deleted.delete(key);
    return new PutEvent(this.versions, key, id, before);
  }

  #keep(fields: VersionFields): VersionId {
    const id = this.versions.keep(fields, this.#checksum);
    this.#hash.add(this.versions.hash(id));
    return id;
  }

  /** What an event that goes out of sight took the place of. A deletion is out of sight already. */
  #forget(id: VersionId): void {
    if (!this.versions.isDeletion(id)) this.#hash.remove(this.versions.hash(id));
    this.versions.forget(id);
  }
}

type KeyIds = IterableIterator<[string, VersionId]>;

/** From the last one before `end`, or of all, to the first. */
function entriesBelow(ids: SortedMap<string, VersionId>, end: string | undefined): KeyIds {
  return ids.entriesReversed(end, undefined, end !== undefined);
}
