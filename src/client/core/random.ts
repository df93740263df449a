/** 128 bits, as four unsigned 32-bit integers. */
export type Seed = readonly [number, number, number, number];

/** xoshiro128** (Blackman and Vigna, 2018): the same seed gives the same numbers. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d: number;

  constructor(seed: Seed) {
    // Seeds that differ in a few bits only lead to numbers that have nothing in common.
    let mixed = 0x9e3779b9;
    const words = seed.map((word) => {
      mixed = scramble((mixed + 0x9e3779b9) ^ word);
      return mixed;
    }) as [number, number, number, number];
    [this.#a, this.#b, this.#c] = words;
    // The state must not be all zero.
    this.#d = words.every((word) => word === 0) ? 1 : words[3];
  }

  /** An unsigned integer of 32 bits. */
  next(): number {
    const result = Math.imul(rotateLeft(Math.imul(this.#b, 5), 7), 9) >>> 0;
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = rotateLeft(this.#d, 11);
    return result;
  }

  /** At least `low`, less than `high`. */
  between(low: number, high: number): number {
    return low + (this.next() / 2 ** 32) * (high - low);
  }

  /** 0 to `count` - 1. */
  index(count: number): number {
    return Math.floor(this.between(0, count));
  }

  bits64(): bigint {
    return (BigInt(this.next()) << 32n) | BigInt(this.next());
  }
}

function rotateLeft(bits: number, count: number): number {
  return (bits << count) | (bits >>> (32 - count));
}

/** The finalizer of MurmurHash3: each bit of the input changes about half of the output. */
function scramble(bits: number): number {
  let mixed = bits | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
