/**
 * Counter-based randomness: the n-th draw of a stream depends on its seed and n alone. Each part of the world has a stream of
 * its own, and each message on a link is judged by (link, number of the message), so that taking one fault out of a run
 * does not reshuffle the rest.
 */

/** A well mixed 32-bit hash of two 32-bit numbers (the finaliser of MurmurHash3, twice). */
export function mix(a: number, b: number): number {
  let h = (a ^ Math.imul(b, 0x9e3779b1)) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  h = (h ^ (h >>> 16) ^ Math.imul(b, 0x27d4eb2f)) | 0;
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return (h ^ (h >>> 15)) >>> 0;
}

function hashText(seed: number, text: string): number {
  let h = seed >>> 0;
  for (let at = 0; at < text.length; at++) h = mix(h, text.charCodeAt(at));
  return h;
}

/** A number in [0, 1) from a 32-bit hash. */
export function unit(hash: number): number {
  return hash / 4294967296;
}

export class RandomStream {
  readonly #seed: number;
  #drawn = 0;

  constructor(seed: number) {
    this.#seed = seed >>> 0;
  }

  /** An independent stream, named: the same name gives the same stream, whatever was drawn before. */
  fork(name: string): RandomStream {
    return new RandomStream(hashText(mix(this.#seed, 0x5bd1e995), name));
  }

  next32(): number {
    this.#drawn += 1;
    return mix(this.#seed, this.#drawn);
  }

  /** In [0, 1). */
  unit(): number {
    return unit(this.next32());
  }

  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  /** An integer in [low, high], both included. */
  between(low: number, high: number): number {
    return low + Math.floor(this.unit() * (high - low + 1));
  }

  real(low: number, high: number): number {
    return low + this.unit() * (high - low);
  }

  /** Exponentially distributed, cut at twelve times the mean. */
  exponential(mean: number): number {
    return exponential(this.next32(), mean);
  }

  pick<T>(from: readonly T[]): T {
    const picked = from[this.between(0, from.length - 1)];
    if (picked === undefined) throw new RangeError('nothing to pick from');
    return picked;
  }

  /** A value by weight; at least one weight must be positive. */
  weighted<T>(choices: readonly (readonly [value: T, weight: number])[]): T {
    let total = 0;
    for (const [, weight] of choices) total += weight;
    let left = this.unit() * total;
    for (const [value, weight] of choices) {
      left -= weight;
      if (left < 0) return value;
    }
    throw new RangeError('no weight is positive');
  }

  shuffled<T>(items: readonly T[]): T[] {
    const rest = [...items];
    const out: T[] = [];
    while (rest.length > 0) out.push(...rest.splice(this.between(0, rest.length - 1), 1));
    return out;
  }
}

export function exponential(hash: number, mean: number): number {
  return Math.min(12, -Math.log(1 - unit(hash))) * mean;
}
