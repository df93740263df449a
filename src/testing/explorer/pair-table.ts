/** No value is as large: it says that a pair is not in the table. */
export const absent = 0xffffffff;

/** A pair of 32-bit integers → a 32-bit integer, by open addressing: a `Map` of so many entries would be several times larger. */
export class PairTable {
  #entries: Uint32Array;
  #mask: number;
  #size = 0;

  /** `bits`: log2 of the first capacity. */
  constructor(bits = 12) {
    this.#mask = 2 ** bits - 1;
    this.#entries = new Uint32Array(3 * 2 ** bits).fill(absent);
  }

  get size(): number {
    return this.#size;
  }

  get(first: number, second: number): number {
    return this.#entries[3 * this.#find(first, second) + 2] as number;
  }

  set(first: number, second: number, value: number): void {
    const at = 3 * this.#find(first, second);
    const entries = this.#entries;
    if (entries[at + 2] === absent) this.#size += 1;
    entries[at] = first;
    entries[at + 1] = second;
    entries[at + 2] = value;
    if (this.#size * 2 > this.#mask) this.#grow();
  }

  /** Where the pair is, or would be. */
  #find(first: number, second: number): number {
    const entries = this.#entries;
    let at = mix(first, second) & this.#mask;
    while (entries[3 * at + 2] !== absent && (entries[3 * at] !== first || entries[3 * at + 1] !== second)) {
      at = (at + 1) & this.#mask;
    }
    return at;
  }

  #grow(): void {
    const old = this.#entries;
    this.#mask = this.#mask * 2 + 1;
    this.#entries = new Uint32Array(3 * (this.#mask + 1)).fill(absent);
    for (let at = 0; at < old.length; at += 3) {
      const value = old[at + 2] as number;
      if (value === absent) continue;
      const first = old[at] as number;
      const second = old[at + 1] as number;
      const to = 3 * this.#find(first, second);
      this.#entries[to] = first;
      this.#entries[to + 1] = second;
      this.#entries[to + 2] = value;
    }
  }
}

function mix(first: number, second: number): number {
  let hash = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca77);
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}
