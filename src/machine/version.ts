import { assert } from '../wire/assert.ts';
import { keyBytes } from '../wire/bytes.ts';
import type { Revision, SessionId } from '../wire/identifiers.ts';
import type { WireEntry } from '../wire/result.ts';
import type { VersionId, VersionStore } from './version-store.ts';

/** What a key is from one revision on, until the next. */
export interface Version extends WireEntry {
  /** The key as `keyString` makes it. */
  readonly keyString: string;
  /** Made anew each time. */
  readonly key: Uint8Array;
  readonly valueBytes: number;
  /** 0 for a deletion. */
  readonly createRevision: Revision;
  /** 1 at creation, raised by one by each put; 0: from this revision on there is no such key. */
  readonly version: number;
  readonly isDeletion: boolean;
}

/** The plain facts, as they are read from a checkpoint, or come of a change. */
export type VersionFields = Pick<
  Version,
  'keyString' | 'value' | 'createRevision' | 'modRevision' | 'version' | 'sessionId'
>;

/** One that is nowhere kept. */
export class PlannedVersion implements Version {
  readonly keyString: string;
  readonly value: Uint8Array;
  readonly createRevision: Revision;
  readonly modRevision: Revision;
  readonly version: number;
  readonly sessionId: SessionId;

  constructor({ keyString, value, createRevision, modRevision, version, sessionId }: VersionFields) {
    this.keyString = keyString;
    this.value = value;
    this.createRevision = createRevision;
    this.modRevision = modRevision;
    this.version = version;
    this.sessionId = sessionId;
  }

  get key(): Uint8Array {
    return keyBytes(this.keyString);
  }

  get valueBytes(): number {
    return this.value.length;
  }

  get isDeletion(): boolean {
    return this.version === 0;
  }
}

/**
 * One that a store keeps, for use before the state changes again: its value is not copied. Whoever asks a view for the value of a version
 * that is forgotten meanwhile fails, rather than to be given that of another one.
 */
export class VersionView implements Version {
  readonly keyString: string;
  readonly modRevision: Revision;
  readonly #versions: VersionStore;
  readonly #id: VersionId;

  constructor(versions: VersionStore, id: VersionId, keyString: string) {
    this.keyString = keyString;
    this.modRevision = versions.modRevision(id);
    this.#versions = versions;
    this.#id = id;
  }

  get key(): Uint8Array {
    return keyBytes(this.keyString);
  }

  get value(): Uint8Array {
    return this.#versions.value(this.#own);
  }

  get valueBytes(): number {
    return this.#versions.valueBytes(this.#own);
  }

  get createRevision(): Revision {
    return this.#versions.createRevision(this.#own);
  }

  get version(): number {
    return this.#versions.version(this.#own);
  }

  get sessionId(): SessionId {
    return this.#versions.sessionId(this.#own);
  }

  get isDeletion(): boolean {
    return this.version === 0;
  }

  /** A revision makes one version of a key, and what takes its place in memory is of a later one. */
  get #own(): VersionId {
    assert(this.#versions.modRevision(this.#id) === this.modRevision, 'a version is looked at while it is kept');
    return this.#id;
  }
}
