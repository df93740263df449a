import { assert } from '../wire/assert.ts';
import { emptyBytes } from '../wire/bytes.ts';
import type { Revision, SessionId } from '../wire/identifiers.ts';
import { type Checksum, type Hashed, hasher, recordKind } from './hash.ts';
import { unitBytes } from './slab.ts';
import { SlabStore, type SlotId, unitOf } from './slab-store.ts';
import type { VersionFields } from './version.ts';

/** Names a version as long as it is kept. A number, so that a million of them are nothing that garbage collection follows. */
export type VersionId = SlotId;

/** Of no version: the name of none is negative. */
export const noVersion = -1 as VersionId;

/*
 * A slot holds what a version is, apart from its key. In eights of bytes from its beginning: modRevision (0: the slot is free),
 * createRevision, version, sessionId. In fours: the two halves of the hash, the length of the value. Then the value.
 */
const headerBytes = 48;
const doublesPerUnit = unitBytes / 8;
const wordsPerUnit = unitBytes / 4;
const createRevisionAt = 1;
const versionAt = 2;
const sessionIdAt = 3;
const hashAAt = 8;
const hashBAt = 9;
const valueBytesAt = 10;

/** The versions of keys, in slabs. */
export class VersionStore {
  readonly #slots = new SlabStore();

  get slots(): Pick<SlabStore, 'hold' | 'release' | 'holds' | 'size'> {
    return this.#slots;
  }

  /** A copy: a slice would keep the whole batch in memory that brought the value. */
  keep(fields: VersionFields, checksum: Checksum): VersionId {
    const { value, createRevision, modRevision, version, sessionId } = fields;
    assert(modRevision > 0, 'a version is made by a revision');
    const id = this.#slots.allocate(headerBytes + value.length);
    const { doubles, words, bytes } = this.#slots.slab(id);
    const unit = unitOf(id);
    const double = unit * doublesPerUnit;
    doubles[double] = modRevision;
    doubles[double + createRevisionAt] = createRevision;
    doubles[double + versionAt] = version;
    doubles[double + sessionIdAt] = sessionId;
    hashVersion(fields, checksum, sums);
    const word = unit * wordsPerUnit;
    words[word + hashAAt] = sums.hashA;
    words[word + hashBAt] = sums.hashB;
    words[word + valueBytesAt] = value.length;
    if (value.length > 0) bytes.set(value, unit * unitBytes + headerBytes);
    return id;
  }

  /** Nobody looks at it any more, but for those who hold the slots and see it. */
  forget(id: VersionId): void {
    this.#slots.free(id, this.modRevision(id));
  }

  modRevision(id: VersionId): Revision {
    const revision = this.#slots.slab(id).doubles[unitOf(id) * doublesPerUnit] as Revision;
    assert(revision > 0, 'a version is looked at while it is kept');
    return revision;
  }

  createRevision(id: VersionId): Revision {
    return this.#double(id, createRevisionAt) as Revision;
  }

  version(id: VersionId): number {
    return this.#double(id, versionAt);
  }

  sessionId(id: VersionId): SessionId {
    return this.#double(id, sessionIdAt) as SessionId;
  }

  isDeletion(id: VersionId): boolean {
    return this.version(id) === 0;
  }

  valueBytes(id: VersionId): number {
    return this.#word(id, valueBytesAt);
  }

  /** Where it is kept, not a copy. */
  value(id: VersionId): Uint8Array {
    const length = this.valueBytes(id);
    if (length === 0) return emptyBytes;
    return new Uint8Array(this.#slots.slab(id).bytes.buffer, unitOf(id) * unitBytes + headerBytes, length);
  }

  /** As it was when the version was kept. The same object each time. */
  hash(id: VersionId): Hashed {
    sums.hashA = this.#word(id, hashAAt);
    sums.hashB = this.#word(id, hashBAt);
    return sums;
  }

  #double(id: VersionId, at: number): number {
    return this.#slots.slab(id).doubles[unitOf(id) * doublesPerUnit + at] as number;
  }

  #word(id: VersionId, at: number): number {
    return this.#slots.slab(id).words[unitOf(id) * wordsPerUnit + at] as number;
  }
}

const sums: Hashed = { hashA: 0, hashB: 0 };

export function hashVersion(fields: VersionFields, checksum: Checksum, into: Hashed): void {
  const { keyString, value, createRevision, modRevision, version, sessionId } = fields;
  hasher
    .begin(recordKind.version)
    .text(keyString)
    .integer(createRevision)
    .integer(modRevision)
    .integer(version)
    .integer(sessionId)
    .bits32(value.length)
    .bits32(checksum(value))
    .finish(into);
}
