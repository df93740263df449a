import { keyBytes } from '../wire/bytes.ts';
import type { Revision } from '../wire/identifiers.ts';
import { type Version, VersionView } from './version.ts';
import { noVersion, type VersionId, type VersionStore } from './version-store.ts';

/** What one revision did to one key, in net effect: a WireEvent that also names its key as the keyspace does. */
export type KeyEvent = PutEvent | DeleteEvent;

abstract class Event {
  readonly keyString: string;
  readonly nowId: VersionId;
  /** What `nowId` took the place of; a deletion if the key had been there at some time before. */
  readonly beforeId: VersionId;
  readonly #versions: VersionStore;

  constructor(versions: VersionStore, keyString: string, nowId: VersionId, beforeId: VersionId) {
    this.#versions = versions;
    this.keyString = keyString;
    this.nowId = nowId;
    this.beforeId = beforeId;
  }

  get revision(): Revision {
    return this.#versions.modRevision(this.nowId);
  }

  /** Made anew each time. */
  get key(): Uint8Array {
    return keyBytes(this.keyString);
  }

  get valueBytes(): number {
    return this.#versions.valueBytes(this.nowId);
  }

  get now(): Version {
    return new VersionView(this.#versions, this.nowId, this.keyString);
  }

  /** The entry before, if there was one. */
  get previous(): Version | undefined {
    if (this.beforeId === noVersion || this.#versions.isDeletion(this.beforeId)) return undefined;
    return new VersionView(this.#versions, this.beforeId, this.keyString);
  }
}

export class PutEvent extends Event {
  get type(): 'put' {
    return 'put';
  }

  get entry(): Version {
    return this.now;
  }
}

export class DeleteEvent extends Event {
  get type(): 'delete' {
    return 'delete';
  }
}
