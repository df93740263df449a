import { assert } from '../wire/assert.ts';
import { type Ballot, zeroBallot } from '../wire/ballot.ts';
import { firstFeatureLevel } from '../wire/feature-level.ts';
import type { Revision, SessionId } from '../wire/identifiers.ts';
import { type Settings, shippedSettings } from '../wire/settings.ts';
import { Counters } from './counters.ts';
import { type Checksum, type Hashed, hasher, recordKind, StateHash } from './hash.ts';
import { History } from './history.ts';
import type { Hold } from './holds.ts';
import { Keyspace } from './keyspace.ts';
import { Locks } from './locks.ts';
import { ObjectHistory } from './object-history.ts';
import type { ResidentBytes } from './resident-bytes.ts';
import { Sessions } from './sessions.ts';
import { type Governance, quotaOf } from './settings.ts';

/** As it was chosen in the slot. */
export interface ChosenConfiguration {
  readonly slot: number;
  readonly bytes: Uint8Array;
}

/** Everything that is replicated. Each part keeps the shared hash up to date with every change that it makes. */
export class State implements Governance {
  readonly history: History;
  readonly objects: ObjectHistory;
  readonly keyspace: Keyspace;
  readonly sessions: Sessions;
  readonly locks: Locks;
  readonly counters: Counters;
  /** The highest ballot in which a leader has begun its work. */
  openBallot: Ballot;
  /** What may be in the log from now on. */
  featureLevel: number;
  settings: Settings;
  /** Who rules the slots after it: what the log says last, without a meaning here. Undefined: it has said nothing since the genesis. */
  configuration: ChosenConfiguration | undefined;
  readonly #hash: StateHash;
  readonly #checksum: Checksum;
  /** Of one that is shared, on the versions that it shares. */
  #hold: Hold | undefined;

  /** A copy, or empty: then with its history from `floor` on. */
  constructor(checksum: Checksum, origin?: State, floor = 0 as Revision) {
    this.#checksum = checksum;
    this.#hash = origin === undefined ? new StateHash() : origin.#hash.clone();
    this.openBallot = origin?.openBallot ?? zeroBallot;
    this.featureLevel = origin?.featureLevel ?? firstFeatureLevel;
    this.settings = origin?.settings ?? shippedSettings;
    this.configuration = origin?.configuration;
    this.history = origin?.history.clone() ?? new History(floor);
    this.objects = new ObjectHistory(this.#hash, checksum, origin?.objects);
    this.keyspace = new Keyspace(this.history, this.#hash, checksum, origin?.keyspace);
    this.sessions = new Sessions(this.#hash, checksum, origin?.sessions);
    this.locks = new Locks(this.#hash, checksum, origin?.locks);
    this.counters = new Counters(this.#hash, origin?.counters);
  }

  /** 16 hexadecimal digits. */
  get hash(): string {
    return this.#finish(this.#hash);
  }

  readonly isLive = (sessionId: SessionId): boolean => this.sessions.get(sessionId) !== undefined;

  /** By the formula of `ResidentBytes`. */
  get residentBytes(): ResidentBytes {
    return this.#hash.resident;
  }

  get quotaBytes(): number {
    return quotaOf(this);
  }

  /** About what the history takes in memory. */
  get historySize(): { readonly revisions: number; readonly bytes: number } {
    const { revisions, bytes } = this.history.size;
    return { revisions, bytes: bytes + this.objects.bytes };
  }

  /** Forgets what cannot be seen from the revision on. */
  compact(through: Revision): void {
    this.keyspace.compact(through);
    this.objects.dropThrough(through);
  }

  /**
   * As it is now, to be read while this one goes on, until it is released. Shares versions; takes time for sessions, locks and history, not
   * for keys.
   */
  share(): State {
    const shared = new State(this.#checksum, this);
    shared.#hold = this.keyspace.versions.slots.hold(this.history.revision);
    return shared;
  }

  /** Of one that is shared: it is read no more. */
  release(): void {
    assert(this.#hold !== undefined, 'who releases has held');
    this.keyspace.versions.slots.release(this.#hold);
    this.#hold = undefined;
  }

  /** Looks at everything, and so takes long. @throws AssertionFailure */
  verify(): void {
    this.sessions.verify();
    this.locks.verify(this.history.revision, this.isLive);
    this.keyspace.verify(this.isLive);
    this.objects.verify(this.history.floor, this.history.revision);
    const again = new StateHash();
    for (const part of [this.keyspace, this.objects, this.sessions, this.locks, this.counters]) part.addTo(again);
    assert(this.#finish(again) === this.hash, 'the running hash is the hash of what is there');
    assert(this.residentBytes.equals(again.resident), 'the resident bytes are those of what is there');
  }

  #finish(records: StateHash): string {
    const { revision, floor } = this.history;
    const total = new StateHash();
    const { round, nodeId } = this.openBallot;
    hasher.begin(recordKind.state).integer(revision).integer(floor).integer(round).text(nodeId).finish(total);
    total.add(records);
    // Members of the first level hash no such record.
    if (this.featureLevel > firstFeatureLevel) total.add(hashSettings(this.featureLevel, this.settings));
    if (this.configuration !== undefined) {
      const { slot, bytes } = this.configuration;
      const part = new StateHash();
      hasher
        .begin(recordKind.configuration)
        .integer(slot)
        .bits32(bytes.length)
        .bits32(this.#checksum(bytes))
        .finish(part);
      total.add(part);
    }
    return hexadecimal(total.hashA) + hexadecimal(total.hashB);
  }
}

function hashSettings(featureLevel: number, settings: Settings): Hashed {
  const record: Hashed = { hashA: 0, hashB: 0 };
  hasher
    .begin(recordKind.settings)
    .integer(featureLevel)
    .integer(settings.version)
    .integer(settings.quotaBytes)
    .integer(settings.historyRevisions)
    .integer(settings.historyBytes)
    .finish(record);
  return record;
}

function hexadecimal(bits: number): string {
  return (bits >>> 0).toString(16).padStart(8, '0');
}
