import { keyBytes } from '../wire/bytes.ts';
import type { Revision, SessionId } from '../wire/identifiers.ts';
import type { WireEntry } from '../wire/result.ts';
import { type Checksum, type Hashed, hasher, recordKind } from './hash.ts';

/** What a key is from one revision on, until the next: never changed, and shared by clones of the state. */
export class Version implements WireEntry, Hashed {
  hashA = 0;
  hashB = 0;
  /** The key as `keyString` makes it. */
  readonly keyString: string;
  readonly value: Uint8Array;
  /** 0 for a deletion. */
  readonly createRevision: Revision;
  readonly modRevision: Revision;
  /** 1 at creation, raised by one by each put; 0: from this revision on there is no such key. */
  readonly version: number;
  readonly sessionId: SessionId;

  constructor(
    keyString: string,
    value: Uint8Array,
    createRevision: Revision,
    modRevision: Revision,
    version: number,
    sessionId: SessionId,
  ) {
    this.keyString = keyString;
    this.value = value;
    this.createRevision = createRevision;
    this.modRevision = modRevision;
    this.version = version;
    this.sessionId = sessionId;
  }

  /** Made anew each time. */
  get key(): Uint8Array {
    return keyBytes(this.keyString);
  }

  get isDeletion(): boolean {
    return this.version === 0;
  }
}

export function hashVersion(version: Version, checksum: Checksum, into: Hashed): void {
  hasher
    .begin(recordKind.version)
    .text(version.keyString)
    .integer(version.createRevision)
    .integer(version.modRevision)
    .integer(version.version)
    .integer(version.sessionId)
    .bits32(version.value.length)
    .bits32(checksum(version.value))
    .finish(into);
}
