import { assert } from '../wire/assert.ts';
import { keyString } from '../wire/bytes.ts';
import type { Revision, SessionId } from '../wire/identifiers.ts';
import type { KeyRange } from '../wire/operation.ts';
import type { Checksum, Hashed, StateHash } from './hash.ts';
import type { History } from './history.ts';
import { type KeyChange, successor } from './key-change.ts';
import { DeleteEvent, type KeyEvent, PutEvent } from './key-event.ts';
import { type KeyNumber, KeyNumbers } from './key-numbers.ts';
import { KeyOwners, noSession } from './key-owners.ts';
import { NewestVersions } from './newest-versions.ts';
import { sizeOfVersion, versionBytes } from './resident-bytes.ts';
import { SortedKeys } from './sorted-keys.ts';
import { PlannedVersion, type Version, type VersionFields, VersionView } from './version.ts';
import { hashVersion, noVersion, type VersionId, VersionStore } from './version-store.ts';

/**
 * Keys in byte order, with their versions back to the compaction floor (multi-version, as etcd's). The keys are in one of two maps, so
 * that a range over living keys does not wade through those that were deleted; a put to a key that lives changes neither.
 */
export class Keyspace {
  /** The same as that of a keyspace which shares this one's versions. */
  readonly versions: VersionStore;
  /** Undefined in a copy, which is only read in order. */
  readonly #numbers: KeyNumbers | undefined;
  readonly #newest: NewestVersions;
  readonly #sorted: SortedKeys;
  readonly #owners: KeyOwners;
  readonly #history: History;
  readonly #hash: StateHash;
  readonly #checksum: Checksum;

  /** `origin`: of which this is a copy, for as long as its versions are held. */
  constructor(history: History, hash: StateHash, checksum: Checksum, origin?: Keyspace) {
    this.#history = history;
    this.#hash = hash;
    this.#checksum = checksum;
    if (origin === undefined) {
      this.versions = new VersionStore();
      this.#numbers = new KeyNumbers();
      this.#newest = new NewestVersions();
      this.#owners = new KeyOwners();
      this.#sorted = new SortedKeys();
      return;
    }
    this.versions = origin.versions;
    this.#newest = new NewestVersions(origin.#newest);
    this.#owners = new KeyOwners(origin.#owners);
    this.#sorted = new SortedKeys(origin.#sorted);
  }

  /** Undefined if there is no such key. */
  get(key: string): Version | undefined {
    const number = this.#keys.find(key);
    return number === undefined ? undefined : this.#view(key, this.#newest.get(number));
  }

  /** As it was at the revision, which is not below the floor. */
  getAt(key: string, revision: Revision): Version | undefined {
    const number = this.#keys.find(key);
    return number === undefined ? undefined : this.#walkBack(key, this.#newest.get(number), revision);
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
    const way = { ascending: order === 'ascending', withDeleted: !newest };
    for (const [key, number] of this.#sorted.range(from, end, way)) {
      const id = this.#newest.get(number);
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
    let count = this.#sorted.count(from, end);
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
    return this.#owners.countAfter(sessionId, changes);
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
        if (beforeId !== noVersion) this.#forget(key, beforeId);
        if (!this.versions.isDeletion(nowId)) continue;
        // It goes out of sight with its own revision; it is forgotten with the event that takes its place, if there is one.
        this.#hash.remove(this.versions.hash(nowId));
        this.#hash.resident.forget(this.#bytesOf(key, nowId));
        const number = this.#keys.find(key);
        if (number === undefined || this.#newest.get(number) !== nowId) continue;
        this.#sorted.forget(key);
        this.#keys.remove(key);
        this.versions.forget(nowId);
      }
    }
  }

  /** Living keys that have not changed above the floor, in key order. */
  *settled(): IterableIterator<Version> {
    const { floor } = this.#history;
    for (const [key, number] of this.#sorted.live()) {
      const id = this.#newest.get(number);
      if (this.versions.modRevision(id) <= floor) yield new VersionView(this.versions, id, key);
    }
  }

  /** One of `settled`. */
  restoreSettled(restored: VersionFields): void {
    assert(restored.modRevision <= this.#history.floor && restored.version > 0, 'a settled key lives since the floor');
    const number = this.#keys.add(restored.keyString);
    this.#newest.set(number, this.#keep(restored));
    this.#hash.resident.keep(sizeOfVersion(restored));
    this.#sorted.setLive(restored.keyString, number);
    this.#owners.change(restored.keyString, noSession, restored.sessionId);
  }

  /**
   * What the revision that is being read did to a key. `previous`: what it took the place of, if that was there at the floor. Settled keys
   * come before, the events of earlier revisions, too.
   */
  restoreEvent(restored: VersionFields, previous: VersionFields | undefined): KeyEvent {
    const number = this.#keys.find(restored.keyString);
    if (previous === undefined) return this.#replace(number, this.#newestOf(number), restored);
    assert(number === undefined, 'one version is the one before');
    this.#owners.change(previous.keyString, noSession, previous.sessionId);
    this.#hash.resident.keep(sizeOfVersion(previous));
    return this.#replace(undefined, this.#keep(previous), restored);
  }

  /** Every version that is held for some readable revision, once: first the living, then by revision what is past. */
  *all(): IterableIterator<Version> {
    for (const [key, number] of this.#sorted.live())
      yield new VersionView(this.versions, this.#newest.get(number), key);
    for (const { keyString: key, now, nowId, previous } of this.#history.events()) {
      if (now.isDeletion || this.#newestOf(this.#keys.find(key)) !== nowId) yield now;
      if (previous !== undefined && previous.modRevision <= this.#history.floor) yield previous;
    }
  }

  addTo(hash: StateHash): void {
    const again: Hashed = { hashA: 0, hashB: 0 };
    for (const version of this.all()) {
      hashVersion(version, this.#checksum, again);
      hash.add(again);
      hash.resident.keep(sizeOfVersion(version));
      const isNewest = this.get(version.keyString)?.modRevision === version.modRevision;
      if (!isNewest) hash.resident.pass(sizeOfVersion(version));
    }
  }

  /** @throws AssertionFailure if what follows from other parts of the state does not */
  verify(isLive: (sessionId: SessionId) => boolean): void {
    const owned: [string, SessionId][] = [];
    for (const [key, number] of this.#sorted.live()) {
      const id = this.#newest.get(number);
      assert(this.#keys.find(key) === number, 'a key is found by its name');
      assert(!this.versions.isDeletion(id) && !this.#sorted.isDeleted(key), 'a living key is not deleted');
      const sessionId = this.versions.sessionId(id);
      if (sessionId === noSession) continue;
      owned.push([key, sessionId]);
      assert(isLive(sessionId), 'the owner of an ephemeral key is live');
    }
    this.#owners.verify(owned);
    for (const [key, number] of this.#sorted.deleted()) {
      const id = this.#newest.get(number);
      assert(this.#keys.find(key) === number, 'a key that was deleted is found by its name');
      const isAbove = this.versions.modRevision(id) > this.#history.floor;
      assert(this.versions.isDeletion(id) && isAbove, 'a deletion is kept above the floor');
    }
    this.#verifySlots();
  }

  /** What is kept is what is referred to: nothing leaks. */
  #verifySlots(): void {
    const referred = new Set<VersionId>();
    for (const keys of [this.#sorted.live(), this.#sorted.deleted()]) {
      for (const [, number] of keys) referred.add(this.#newest.get(number));
    }
    for (const { nowId, beforeId } of this.#history.events()) {
      referred.add(nowId);
      if (beforeId !== noVersion) referred.add(beforeId);
    }
    const { slots, deferred } = this.versions.slots.size;
    assert(slots - deferred === referred.size, 'a slot is in use for each version that can be seen');
  }

  get #keys(): KeyNumbers {
    assert(this.#numbers !== undefined, 'a copy of a keyspace is read in order');
    return this.#numbers;
  }

  #newestOf(number: KeyNumber | undefined): VersionId {
    return number === undefined ? noVersion : this.#newest.get(number);
  }

  #view(key: string, id: VersionId): Version | undefined {
    return id === noVersion || this.versions.isDeletion(id) ? undefined : new VersionView(this.versions, id, key);
  }

  #walkBack(key: string, newest: VersionId, revision: Revision): Version | undefined {
    let id = newest;
    while (id !== noVersion && this.versions.modRevision(id) > revision) {
      id = this.#history.before(this.versions.modRevision(id), key);
    }
    return this.#view(key, id);
  }

  #change(revision: Revision, change: KeyChange): KeyEvent {
    const number = this.#keys.find(change.key);
    const before = this.#newestOf(number);
    const existing = this.#view(change.key, before);
    const isDeletion = change.value === undefined;
    const { sessionId } = change;
    assert(!isDeletion || (existing !== undefined && sessionId === noSession), 'only a key that exists is deleted');
    return this.#replace(number, before, successor(existing, change, revision));
  }

  /** `before` may be one that no key has: then the key, which has no number yet, had it at the floor. */
  #replace(known: KeyNumber | undefined, before: VersionId, now: VersionFields): KeyEvent {
    const { keyString: key, sessionId, version } = now;
    const existed = before !== noVersion && !this.versions.isDeletion(before);
    this.#owners.change(key, existed ? this.versions.sessionId(before) : noSession, sessionId);
    const number = known ?? this.#keys.add(key);
    const id = this.#keep(now);
    this.#newest.set(number, id);
    this.#hash.resident.replace(existed ? this.#bytesOf(key, before) : 0, sizeOfVersion(now), version === 0);
    if (version === 0) {
      this.#sorted.setDeleted(key, number);
      return new DeleteEvent(this.versions, key, id, before);
    }
    if (known === undefined || !existed) this.#sorted.setLive(key, number);
    return new PutEvent(this.versions, key, id, before);
  }

  #bytesOf(key: string, id: VersionId): number {
    return versionBytes(key.length, this.versions.valueBytes(id));
  }

  #keep(fields: VersionFields): VersionId {
    const id = this.versions.keep(fields, this.#checksum);
    this.#hash.add(this.versions.hash(id));
    return id;
  }

  /** What an event that goes out of sight took the place of. A deletion is out of sight already. */
  #forget(key: string, id: VersionId): void {
    if (!this.versions.isDeletion(id)) {
      this.#hash.remove(this.versions.hash(id));
      this.#hash.resident.forget(this.#bytesOf(key, id));
    }
    this.versions.forget(id);
  }
}
