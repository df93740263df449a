import { ResidentBytes } from './resident-bytes.ts';

/**
 * The hash of a state is the sum of the hashes of its records, so that it depends on what the state holds and not on how
 * it came about, and a change costs only the records that it touches (an additive multiset hash: Clarke et al.,
 * "Incremental Multiset Hash Functions", 2003). It finds divergence by faults; it is no defence against an adversary.
 */

/** A record that is counted in the hash: two independent sums of 32 bits. */
export interface Hashed {
  hashA: number;
  hashB: number;
}

/** The kinds of records: two records of different kinds never look the same. */
export const recordKind = {
  version: 1,
  session: 2,
  result: 3,
  acquisition: 4,
  counter: 5,
  state: 6,
  lockClosure: 23,
  sessionIdentity: 26,
  lockEvent: 28,
  counterEvent: 29,
  sessionEvent: 30,
  settings: 40,
  configuration: 41,
} as const;
export type RecordKind = (typeof recordKind)[keyof typeof recordKind];

/** The sum over all records, of their hashes and of their bytes. */
export class StateHash implements Hashed {
  hashA = 0;
  hashB = 0;
  /** Counted where records come and go, beside the hash. */
  readonly resident: ResidentBytes;

  constructor(resident = new ResidentBytes()) {
    this.resident = resident;
  }

  add(record: Hashed): void {
    this.hashA = (this.hashA + record.hashA) | 0;
    this.hashB = (this.hashB + record.hashB) | 0;
  }

  remove(record: Hashed): void {
    this.hashA = (this.hashA - record.hashA) | 0;
    this.hashB = (this.hashB - record.hashB) | 0;
  }

  clone(): StateHash {
    const copy = new StateHash(this.resident.clone());
    copy.add(this);
    return copy;
  }
}

/**
 * Hashes one record at a time: `begin`, its fields in a fixed order, `finish`. The two lanes are mixed as by MurmurHash3 and
 * xxHash32, whose constants these are.
 */
export class RecordHasher {
  #a = 0;
  #b = 0;

  begin(kind: RecordKind): this {
    this.#a = 0x9747b28c | 0;
    this.#b = 0x165667b1;
    return this.bits32(kind);
  }

  /** The low 32 bits. */
  bits32(value: number): this {
    let mixed = Math.imul(value, 0xcc9e2d51);
    mixed = Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
    const a = this.#a ^ mixed;
    this.#a = (Math.imul((a << 13) | (a >>> 19), 5) + 0xe6546b64) | 0;
    const b = (this.#b + Math.imul(value, 0xc2b2ae3d)) | 0;
    this.#b = Math.imul((b << 17) | (b >>> 15), 0x27d4eb2f);
    return this;
  }

  /** A safe integer, not negative. */
  integer(value: number): this {
    return this.bits32(value | 0).bits32(Math.floor(value / 0x1_0000_0000));
  }

  bits64(value: bigint): this {
    return this.bits32(Number(BigInt.asIntN(32, value))).bits32(Number(BigInt.asIntN(32, value >> 32n)));
  }

  text(value: string): this {
    let a = 0x811c9dc5 | 0;
    let b = 0x2545f491;
    for (let at = 0; at < value.length; at++) {
      const unit = value.charCodeAt(at);
      a = Math.imul(a ^ unit, 0x01000193);
      b = Math.imul(b + unit, 0x9e3779b1);
      b ^= b >>> 15;
    }
    return this.bits32(value.length).bits32(a).bits32(b);
  }

  finish(into: Hashed): void {
    into.hashA = avalanche(this.#a);
    into.hashB = avalanche(this.#b);
  }
}

/** Every bit of the result depends on every bit given. */
function avalanche(value: number): number {
  let mixed = value ^ (value >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/** CRC-32 of the bytes, given by the shell. */
export type Checksum = (bytes: Uint8Array) => number;

export const hasher = new RecordHasher();
