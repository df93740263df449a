import { AssertionFailure, assert } from './assert.ts';
import { utf8Bytes } from './bytes.ts';

const initialCapacity = 1024;

/** A result longer than this is handed out with the buffer it was written to, instead of a copy. */
const handOverBytes = 64 * 1024;

/** Up to this length a loop copies faster than `set`. */
const loopBytes = 16;

/** The longest header of a field: a tag of 5 bytes and a varint of 10. */
const headerBytes = 15;

const varint = 0;
const fixed64 = 1;
const delimited = 2;
const fixed32 = 5;

const int64Low = -(2n ** 63n);
const int64High = 2n ** 63n - 1n;
const uint64High = 2n ** 64n - 1n;

/** Names a message that has been begun; to be given to `end`, innermost first. */
export type MessageMark = number;

/**
 * Writes one message after another. The plain methods leave out a field that has its default; those that end in `Item`
 * always write: they are for elements of repeated fields and members of a `oneof`. Numbers out of range are a fault of
 * the caller (AssertionFailure).
 */
export class Writer {
  #bytes = new Uint8Array(initialCapacity);
  #length = 0;

  /** What has been written so far. */
  get length(): number {
    return this.#length;
  }

  /** Discards what a failed encoding may have left behind. */
  reset(): this {
    this.#length = 0;
    return this;
  }

  /** Makes room for so many more bytes at once. */
  reserve(bytes: number): void {
    if (this.#length + bytes > this.#bytes.length) this.#grow(this.#length + bytes);
  }

  /** What has been written, for the caller to keep; the writer is empty afterwards. */
  finish(): Uint8Array {
    const length = this.#length;
    this.#length = 0;
    if (length <= handOverBytes) {
      const copy = this.#bytes.slice(0, length);
      if (this.#bytes.length > 2 * handOverBytes) this.#bytes = new Uint8Array(initialCapacity);
      return copy;
    }
    const written = this.#bytes.subarray(0, length);
    this.#bytes = new Uint8Array(initialCapacity);
    return written;
  }

  /** uint32, uint64 and enums: 0 to 2^53 - 1. */
  uint(field: number, value: number): void {
    if (value !== 0) this.uintItem(field, value);
  }

  uintItem(field: number, value: number): void {
    this.reserve(headerBytes);
    this.#tag(field, varint);
    this.#varint(value);
  }

  /** As `uint`, at most 2^32 - 1. */
  uint32(field: number, value: number): void {
    if (value > 0xffff_ffff) throw new AssertionFailure(`${value} is more than 32 bits`);
    if (value !== 0) this.uintItem(field, value);
  }

  /** Packed; nothing at all if there are none. */
  packedUints(field: number, values: readonly number[]): void {
    if (values.length === 0) return;
    const mark = this.begin(field, values.length);
    for (const value of values) {
      this.reserve(headerBytes);
      this.#varint(value);
    }
    this.end(mark);
  }

  bool(field: number, value: boolean): void {
    if (value) this.uintItem(field, 1);
  }

  /** Two's complement: a negative number takes ten bytes. */
  int64(field: number, value: bigint): void {
    if (value === 0n) return;
    this.reserve(headerBytes);
    this.#tag(field, varint);
    if (value > 0n && value <= Number.MAX_SAFE_INTEGER) {
      this.#varint(Number(value));
      return;
    }
    if (value < int64Low || value > int64High) throw new AssertionFailure(`${value} is more than 64 bits`);
    let rest = BigInt.asUintN(64, value);
    for (; rest > 127n; rest >>= 7n) this.#bytes[this.#length++] = Number(rest & 127n) | 128;
    this.#bytes[this.#length++] = Number(rest);
  }

  fixed32(field: number, value: number): void {
    if (value === 0) return;
    if (value !== value >>> 0) throw new AssertionFailure(`${value} is not an unsigned number of 32 bits`);
    this.reserve(headerBytes);
    this.#tag(field, fixed32);
    this.#fixed32(value);
  }

  fixed64(field: number, value: bigint): void {
    if (value === 0n) return;
    if (value < 0n || value > uint64High) throw new AssertionFailure(`${value} is not an unsigned number of 64 bits`);
    this.reserve(headerBytes);
    this.#tag(field, fixed64);
    this.#fixed32(Number(value & 0xffff_ffffn));
    this.#fixed32(Number(value >> 32n));
  }

  bytes(field: number, value: Uint8Array): void {
    if (value.length !== 0) this.bytesItem(field, value);
  }

  bytesItem(field: number, value: Uint8Array): void {
    this.reserve(headerBytes + value.length);
    this.#tag(field, delimited);
    this.#varint(value.length);
    this.raw(value);
  }

  /** Each an element of its own. */
  bytesItems(field: number, values: readonly Uint8Array[]): void {
    for (const value of values) this.bytesItem(field, value);
  }

  string(field: number, value: string): void {
    if (value !== '') this.stringItem(field, value);
  }

  stringItem(field: number, value: string): void {
    if (value.length > 127) {
      this.bytesItem(field, utf8Bytes(value));
      return;
    }
    this.reserve(headerBytes + value.length);
    const start = this.#length;
    this.#tag(field, delimited);
    const bytes = this.#bytes;
    let at = this.#length;
    bytes[at++] = value.length;
    for (let index = 0; index < value.length; index++) {
      const unit = value.charCodeAt(index);
      if (unit >= 0x80) {
        this.#length = start;
        this.bytesItem(field, utf8Bytes(value));
        return;
      }
      bytes[at++] = unit;
    }
    this.#length = at;
  }

  /** What was encoded elsewhere, as it is. */
  raw(encoded: Uint8Array): void {
    const { length } = encoded;
    this.reserve(length);
    if (length <= loopBytes) {
      const bytes = this.#bytes;
      let at = this.#length;
      for (let index = 0; index < length; index++) bytes[at++] = encoded[index] as number;
    } else {
      this.#bytes.set(encoded, this.#length);
    }
    this.#length += length;
  }

  /**
   * Begins a nested message: everything up to `end` is inside it. `expectedBytes` is a guess at its length: if the
   * length turns out to need another number of bytes, the content is moved once.
   */
  begin(field: number, expectedBytes = 0): MessageMark {
    this.reserve(headerBytes);
    this.#tag(field, delimited);
    const width = varintBytes(expectedBytes);
    this.#length += width;
    assert(this.#length < 0x0fff_ffff, 'a message is shorter than 256 MiB');
    return (this.#length << 3) | width;
  }

  end(mark: MessageMark): void {
    const start = mark >>> 3;
    const reserved = mark & 7;
    const length = this.#length - start;
    const width = varintBytes(length);
    if (width !== reserved) {
      if (width > reserved) this.reserve(width - reserved);
      this.#bytes.copyWithin(start + width - reserved, start, this.#length);
    }
    this.#length = start - reserved;
    this.#varint(length);
    this.#length += length;
  }

  #tag(field: number, wireType: number): void {
    if (field < 16) this.#bytes[this.#length++] = (field << 3) | wireType;
    else this.#varint((field << 3) | wireType);
  }

  #varint(value: number): void {
    if (!(value >= 0 && Number.isSafeInteger(value))) {
      throw new AssertionFailure(`${value} is not a whole number from 0 to 2^53 - 1`);
    }
    const bytes = this.#bytes;
    let at = this.#length;
    let rest = value;
    for (; rest > 0x7fff_ffff; rest = Math.floor(rest / 128)) bytes[at++] = (rest % 128) | 128;
    for (; rest > 127; rest >>>= 7) bytes[at++] = (rest & 127) | 128;
    bytes[at++] = rest;
    this.#length = at;
  }

  #fixed32(value: number): void {
    const bytes = this.#bytes;
    bytes[this.#length++] = value;
    bytes[this.#length++] = value >>> 8;
    bytes[this.#length++] = value >>> 16;
    bytes[this.#length++] = value >>> 24;
  }

  #grow(needed: number): void {
    const bytes = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    bytes.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = bytes;
  }
}

/** The length of a number below 2^31 as a varint. */
function varintBytes(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x20_0000) return 3;
  return value < 0x1000_0000 ? 4 : 5;
}
