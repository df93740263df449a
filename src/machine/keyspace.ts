import { assert } from '../wire/assert.ts';
import { emptyBytes, keyString } from '../wire/bytes.ts';
import type { Revision, SessionId } from '../wire/identifiers.ts';
import type { KeyRange } from '../wire/operation.ts';
import type { Checksum, Hashed, StateHash } from './hash.ts';
import type { History } from './history.ts';
import { type KeyChange, successor } from './key-change.ts';
import { DeleteEvent, type KeyEvent, PutEvent } from './key-event.ts';
import { compareText, SortedMap } from './sorted-map.ts';
import type { RestoredVersion } from './state-records.ts';
import { ValueStore } from './value-store.ts';
import { hashVersion, Version } from './version.ts';

export const noSession = 0 as SessionId;

/**
 * Keys in byte order, with their versions back to the compaction floor (multi-version, as etcd's). The newest state of
 * a key is in one of two maps, so that a range over living keys does not wade through those that were deleted.
 */
export class Keyspace {
  readonly #live: SortedMap<string, Version>;
  /** Keys whose newest version is a deletion above the floor. */
  readonly #deleted: SortedMap<string, Version>;
  /** The keys that each session owns: follows from `#live`. */
  readonly #owned: Map<SessionId, Set<string>>;
  readonly #values = new ValueStore();
  readonly #history: History;
  readonly #hash: StateHash;
  readonly #checksum: Checksum;

  constructor(history: History, hash: StateHash, checksum: Checksum, origin?: Keyspace) {
    this.#history = history;
    this.#hash = hash;
    this.#checksum = checksum;
    this.#owned = new Map();
    if (origin === undefined) {
      this.#live = new SortedMap<string, Version>(undefined, compareText);
      this.#deleted = new SortedMap<string, Version>(undefined, compareText);
      return;
    }
    this.#live = origin.#live.clone();
    this.#deleted = origin.#deleted.clone();
    for (const [sessionId, keys] of origin.#owned) this.#owned.set(sessionId, new Set(keys));
  }

  /** Undefined if there is no such key. */
  get(key: string): Version | undefined {
    return this.#live.get(key);
  }

  /** As it was at the revision, which is not below the floor. */
  getAt(key: string, revision: Revision): Version | undefined {
    const newest = this.#newest(key);
    return newest === undefined ? undefined : this.#walkBack(newest, revision);
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
    const live = ascending ? this.#live.values(from) : valuesBelow(this.#live, end);
    for (const version of newest ? live : this.#withDeleted(live, ascending ? from : end, ascending)) {
      if (ascending ? end !== undefined && version.keyString >= end : version.keyString < from) return;
      const found = newest ? version : this.#walkBack(version, revision);
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
    return successor(this.get(change.key), change, change.value ?? emptyBytes, next);
  }

  /** The keys that die with the session, in order. */
  ownedKeys(sessionId: SessionId): readonly string[] {
    return [...(this.#owned.get(sessionId) ?? [])].sort(compareText);
  }

  /** How many keys the session would own after these changes. */
  ownedCountAfter(sessionId: SessionId, changes: readonly KeyChange[]): number {
    const owned = this.#owned.get(sessionId);
    let count = owned?.size ?? 0;
    for (const change of changes) {
      if (owned?.has(change.key)) count -= 1;
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
    for (let revision = this.#history.floor + 1; revision <= through; revision++) {
      for (const { now, before } of this.#history.at(revision)) {
        // A deletion went out of sight, if it did, with its own revision.
        if (before !== undefined && !before.isDeletion) this.#hash.forget(before);
        if (!now.isDeletion) continue;
        this.#hash.forget(now);
        if (this.#deleted.get(now.keyString) === now) this.#deleted.delete(now.keyString);
      }
    }
    this.#history.dropThrough(through);
  }

  /** Living keys that have not changed above the floor, in key order. */
  *settled(): IterableIterator<Version> {
    const { floor } = this.#history;
    for (const version of this.#live.values()) if (version.modRevision <= floor) yield version;
  }

  /** One of `settled`. */
  restoreSettled(restored: RestoredVersion): void {
    assert(restored.modRevision <= this.#history.floor && restored.version > 0, 'a settled key lives since the floor');
    const version = this.#restore(restored);
    assert(this.#live.set(version.keyString, version), 'a settled key comes once');
    this.#hash.resident.keep(version);
    if (version.sessionId !== noSession) this.#own(version);
  }

  /**
   * What the revision that is being read did to a key. `previous`: what it took the place of, if that was there at the floor. Settled keys
   * come before, the events of earlier revisions, too.
   */
  restoreEvent(restored: RestoredVersion, previous: RestoredVersion | undefined): KeyEvent {
    const newest = this.#newest(restored.keyString);
    assert(newest === undefined || previous === undefined, 'one version is the one before');
    const before = previous === undefined ? newest : this.#restore(previous);
    if (previous !== undefined && before !== undefined) this.#hash.resident.keep(before);
    if (previous !== undefined && before !== undefined && before.sessionId !== noSession) this.#own(before);
    return this.#replace(before, this.#restore(restored));
  }

  /** Every version that is held for some readable revision, once: first the living, then by revision what is past. */
  *versions(): IterableIterator<Version> {
    yield* this.#live.values();
    const { floor, revision: last } = this.#history;
    for (let revision = floor + 1; revision <= last; revision++) {
      for (const { now, before } of this.#history.at(revision)) {
        if (this.#live.get(now.keyString) !== now) yield now;
        if (before !== undefined && !before.isDeletion && before.modRevision <= floor) yield before;
      }
    }
  }

  addTo(hash: StateHash): void {
    const again: Hashed = { hashA: 0, hashB: 0 };
    for (const version of this.versions()) {
      hashVersion(version, this.#checksum, again);
      hash.add(again);
      hash.resident.keep(version);
      if (this.#live.get(version.keyString) !== version) hash.resident.pass(version);
    }
  }

  /** @throws AssertionFailure if what follows from other parts of the state does not */
  verify(isLive: (sessionId: SessionId) => boolean): void {
    let owned = 0;
    for (const version of this.#live.values()) {
      assert(!version.isDeletion && !this.#deleted.has(version.keyString), 'a living key is not deleted');
      if (version.sessionId === noSession) continue;
      owned += 1;
      assert(isLive(version.sessionId), 'the owner of an ephemeral key is live');
      assert(this.#owned.get(version.sessionId)?.has(version.keyString) === true, 'an owner knows its key');
    }
    for (const keys of this.#owned.values()) {
      assert(keys.size > 0, 'a session without keys takes no room');
      owned -= keys.size;
    }
    assert(owned === 0, 'an owner knows its keys only');
    for (const version of this.#deleted.values()) {
      assert(version.isDeletion && version.modRevision > this.#history.floor, 'a deletion is kept above the floor');
    }
  }

  #newest(key: string): Version | undefined {
    return this.#live.get(key) ?? (this.#deleted.isEmpty ? undefined : this.#deleted.get(key));
  }

  #walkBack(newest: Version, revision: Revision): Version | undefined {
    let version: Version | undefined = newest;
    while (version !== undefined && version.modRevision > revision) {
      version = this.#history.before(version.modRevision, version.keyString);
    }
    return version === undefined || version.isDeletion ? undefined : version;
  }

  /** Living and deleted keys, merged in their order, from `start` on. */
  *#withDeleted(
    live: IterableIterator<Version>,
    start: string | undefined,
    ascending: boolean,
  ): IterableIterator<Version> {
    const deletions = ascending ? this.#deleted.values(start) : valuesBelow(this.#deleted, start);
    let deletion = deletions.next();
    for (const version of live) {
      while (deletion.done !== true && deletion.value.keyString < version.keyString === ascending) {
        yield deletion.value;
        deletion = deletions.next();
      }
      yield version;
    }
    for (; deletion.done !== true; deletion = deletions.next()) yield deletion.value;
  }

  #change(revision: Revision, change: KeyChange): KeyEvent {
    const { key, sessionId } = change;
    const before = this.#newest(key);
    const existing = before === undefined || before.isDeletion ? undefined : before;
    const deleted = change.value === undefined;
    assert(!deleted || (existing !== undefined && sessionId === noSession), 'only a key that exists is deleted');
    const now = successor(existing, change, deleted ? emptyBytes : this.#values.keep(change.value), revision);
    this.#count(now);
    return this.#replace(before, now);
  }

  #replace(before: Version | undefined, now: Version): KeyEvent {
    const { keyString: key, sessionId, isDeletion } = now;
    const existing = before === undefined || before.isDeletion ? undefined : before;
    if (existing !== undefined && existing.sessionId !== sessionId) this.#disown(existing);
    this.#hash.resident.replace(existing, now);
    if (isDeletion) {
      this.#live.delete(key);
      this.#deleted.set(key, now);
      return new DeleteEvent(now, before);
    }
    this.#live.set(key, now);
    if (before !== undefined && existing === undefined) this.#deleted.delete(key);
    if (sessionId !== noSession && existing?.sessionId !== sessionId) this.#own(now);
    return new PutEvent(now, before);
  }

  #restore({ keyString: key, value, createRevision, modRevision, version, sessionId }: RestoredVersion): Version {
    const restored = new Version(key, this.#values.keep(value), createRevision, modRevision, version, sessionId);
    this.#count(restored);
    return restored;
  }

  #count(version: Version): void {
    hashVersion(version, this.#checksum, version);
    this.#hash.add(version);
  }

  #own({ sessionId, keyString: key }: Version): void {
    const keys = this.#owned.get(sessionId);
    if (keys === undefined) this.#owned.set(sessionId, new Set([key]));
    else keys.add(key);
  }

  #disown({ sessionId, keyString: key }: Version): void {
    const keys = this.#owned.get(sessionId);
    if (keys === undefined) return;
    keys.delete(key);
    if (keys.size === 0) this.#owned.delete(sessionId);
  }
}

/** From the last one before `end`, or of all, to the first. */
function* valuesBelow(versions: SortedMap<string, Version>, end: string | undefined): IterableIterator<Version> {
  for (const [, version] of versions.entriesReversed(end, undefined, end !== undefined)) yield version;
}
