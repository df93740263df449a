import { utf8Slice } from './bytes.ts';

const varint = 0;
const fixed64 = 1;
const delimited = 2;
const fixed32 = 5;

/** The bytes are not what they should be. `code` is what to answer the one who sent them. */
export class WireFormatError extends Error {
  override readonly name = 'WireFormatError';
  readonly code: 'PROTOCOL_ERROR' | 'UNSUPPORTED';

  constructor(message: string, code: WireFormatError['code'] = 'PROTOCOL_ERROR') {
    super(message);
    this.code = code;
  }
}

/** The end of the message around the one that was entered; to be given to `leave`. */
export type OuterLimit = number;

/**
 * Reads one message: `while (reader.next())`, then exactly one read or `skip` for `reader.field`. A nested message is read
 * between `enter` and `leave`, by the same loop. Nothing is read past the end of the message, however it lies about lengths.
 *
 * Every method throws WireFormatError; the reader is of no use after that.
 */
export class Reader {
  /** The number of the field that is to be read now. */
  field = 0;
  #wireType = 0;
  readonly #bytes: Uint8Array;
  #position = 0;
  #limit: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#limit = bytes.length;
  }

  /** Goes to the next field; false at the end of the message. */
  next(): boolean {
    if (this.#position >= this.#limit) return false;
    const tag = this.#varint();
    if (tag < 8 || tag > 0xffff_ffff) throw new WireFormatError(`${tag} is no tag of a field`);
    this.field = tag >>> 3;
    this.#wireType = tag & 7;
    return true;
  }

  /** Passes over the field, whatever it is. */
  skip(): void {
    switch (this.#wireType) {
      case varint:
        this.#skipVarint();
        return;
      case fixed64:
        this.#advance(8);
        return;
      case delimited:
        this.#advance(this.#varint());
        return;
      case fixed32:
        this.#advance(4);
        return;
      default:
        throw new WireFormatError(`field ${this.field} has the unknown wire type ${this.#wireType}`);
    }
  }

  /** uint64: 0 to 2^53 - 1; more is refused. */
  uint(): number {
    this.#expect(varint);
    return this.#varint();
  }

  /** uint32 and enums: 0 to 2^32 - 1; more is refused. */
  uint32(): number {
    this.#expect(varint);
    const value = this.#varint();
    if (value > 0xffff_ffff) throw new WireFormatError(`field ${this.field} is more than 32 bits`);
    return value;
  }

  /** An element of a repeated uint64, packed or not. */
  uints(into: number[]): void {
    if (this.#wireType === varint) {
      into.push(this.#varint());
      return;
    }
    const outer = this.enter();
    while (this.#position < this.#limit) into.push(this.#varint());
    this.leave(outer);
  }

  bool(): boolean {
    this.#expect(varint);
    return this.#varint() !== 0;
  }

  /** Two's complement. */
  int64(): bigint {
    this.#expect(varint);
    const start = this.#position;
    const length = this.#skipVarint();
    if (length <= 7) {
      this.#position = start;
      return BigInt(this.#varint());
    }
    const bytes = this.#bytes;
    if (length === 10 && ((bytes[this.#position - 1] as number) & 0x7f) > 1) {
      throw new WireFormatError(`field ${this.field} is more than 64 bits`);
    }
    let value = 0n;
    for (let at = this.#position - 1; at >= start; at--) value = (value << 7n) | BigInt((bytes[at] as number) & 0x7f);
    return BigInt.asIntN(64, value);
  }

  fixed32(): number {
    this.#expect(fixed32);
    return this.#fixed32();
  }

  fixed64(): bigint {
    this.#expect(fixed64);
    const low = this.#fixed32();
    const high = this.#fixed32();
    return (BigInt(high) << 32n) | BigInt(low);
  }

  /** A slice of the input, not a copy. */
  bytes(): Uint8Array {
    this.#expect(delimited);
    const length = this.#varint();
    const start = this.#position;
    this.#advance(length);
    const bytes = this.#bytes;
    return new Uint8Array(bytes.buffer, bytes.byteOffset + start, length);
  }

  string(): string {
    this.#expect(delimited);
    const length = this.#varint();
    const start = this.#position;
    this.#advance(length);
    const text = utf8Slice(this.#bytes, start, this.#position);
    if (text === undefined) throw new WireFormatError(`field ${this.field} is not UTF-8`);
    return text;
  }

  /** Enters the nested message in this field: `next` is false at its end. */
  enter(): OuterLimit {
    this.#expect(delimited);
    const length = this.#varint();
    const outer = this.#limit;
    if (length > outer - this.#position) throw this.#tooShort();
    this.#limit = this.#position + length;
    return outer;
  }

  leave(outer: OuterLimit): void {
    this.#position = this.#limit;
    this.#limit = outer;
  }

  #expect(wireType: number): void {
    if (this.#wireType !== wireType) {
      throw new WireFormatError(`field ${this.field} has wire type ${this.#wireType} instead of ${wireType}`);
    }
  }

  #advance(bytes: number): void {
    if (bytes > this.#limit - this.#position) throw this.#tooShort();
    this.#position += bytes;
  }

  #varint(): number {
    const bytes = this.#bytes;
    const limit = this.#limit;
    let at = this.#position;
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      if (at >= limit) throw this.#tooShort();
      const byte = bytes[at++] as number;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        this.#position = at;
        return value;
      }
    }
    let scale = 0x1000_0000;
    for (let count = 4; count < 10; count++) {
      if (at >= limit) throw this.#tooShort();
      const byte = bytes[at++] as number;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) throw new WireFormatError('a number is more than 2^53 - 1');
        this.#position = at;
        return value;
      }
      scale *= 128;
    }
    throw new WireFormatError('a number is longer than ten bytes');
  }

  /** Its length. */
  #skipVarint(): number {
    const start = this.#position;
    for (let length = 1; length <= 10; length++) {
      if (start + length > this.#limit) throw this.#tooShort();
      if ((this.#bytes[start + length - 1] as number) < 0x80) {
        this.#position = start + length;
        return length;
      }
    }
    throw new WireFormatError('a number is longer than ten bytes');
  }

  #fixed32(): number {
    const at = this.#position;
    this.#advance(4);
    const bytes = this.#bytes;
    const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16);
    return (low | ((bytes[at + 3] as number) << 24)) >>> 0;
  }

  #tooShort(): WireFormatError {
    return new WireFormatError(`the message ends inside of field ${this.field}`);
  }
}
