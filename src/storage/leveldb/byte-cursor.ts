/** The bytes are not what LevelDB writes; `position` is where that shows. */
export class MalformedFile extends Error {
  override readonly name = 'MalformedFile';
  readonly position: number;

  constructor(position: number) {
    super(`byte ${position} is not what LevelDB writes there`);
    this.position = position;
  }
}

/** Reads numbers as LevelDB writes them, from `position` up to `end` and never past it. Every method throws MalformedFile. */
export class ByteCursor {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #end: number;
  position: number;

  constructor(bytes: Uint8Array, position = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.position = position;
    this.#end = end;
  }

  get remaining(): number {
    return this.#end - this.position;
  }

  fail(): never {
    throw new MalformedFile(this.position);
  }

  /** 0 to 2^53 - 1: nothing here is larger. */
  varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.#bytes[this.position];
      if (byte === undefined || this.position >= this.#end) this.fail();
      value += (byte & 0x7f) * factor;
      if (!Number.isSafeInteger(value)) this.fail();
      this.position += 1;
      if (byte < 0x80) return value;
    }
  }

  byte(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  fixed16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  fixed32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  /** Not a copy. */
  bytes(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  lengthPrefixed(): Uint8Array {
    return this.bytes(this.varint());
  }

  #advance(length: number): number {
    const start = this.position;
    if (length > this.remaining) this.fail();
    this.position = start + length;
    return start;
  }
}
