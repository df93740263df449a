import { assert } from '../wire/assert.ts';
import { type Hashed, hasher, recordKind, type StateHash } from './hash.ts';
import { counterBytes } from './resident-bytes.ts';
import { compareText, SortedMap } from './sorted-map.ts';

export const counterLow = -(2n ** 63n);
export const counterHigh = 2n ** 63n - 1n;

/** Named signed integers of 64 bits. Every counter is there; those that are 0 take no room. */
export class Counters {
  readonly #values: SortedMap<string, bigint>;
  /** By the command under way, with the values before. */
  readonly #changed = new Map<string, bigint>();
  readonly #hash: StateHash;

  constructor(hash: StateHash, origin?: Counters) {
    this.#hash = hash;
    this.#values =
      origin === undefined ? new SortedMap<string, bigint>(undefined, compareText) : origin.#values.clone();
  }

  get haveChanged(): boolean {
    return this.#changed.size > 0;
  }

  /** Those that have been set since this was last asked, in the order of names, with their values before. */
  takeChanged(): readonly (readonly [name: string, before: bigint])[] {
    const changed = [...this.#changed].sort(([a], [b]) => compareText(a, b));
    this.#changed.clear();
    return changed;
  }

  get(name: string): bigint {
    return this.#values.get(name) ?? 0n;
  }

  set(name: string, value: bigint): void {
    assert(value >= counterLow && value <= counterHigh, 'a counter has 64 bits');
    const record: Hashed = { hashA: 0, hashB: 0 };
    const before = this.get(name);
    if (!this.#changed.has(name)) this.#changed.set(name, before);
    this.#hash.resident.kept += counterBytes(name, value) - counterBytes(name, before);
    if (before !== 0n) {
      hashCounter(name, before, record);
      this.#hash.remove(record);
    }
    if (value === 0n) {
      this.#values.delete(name);
      return;
    }
    this.#values.set(name, value);
    hashCounter(name, value, record);
    this.#hash.add(record);
  }

  /** One of `all`. */
  restore(name: string, value: bigint): void {
    assert(value !== 0n && this.#values.set(name, value), 'a counter that is not 0 comes once');
    const record: Hashed = { hashA: 0, hashB: 0 };
    hashCounter(name, value, record);
    this.#hash.add(record);
    this.#hash.resident.kept += counterBytes(name, value);
  }

  /** Those that are not 0, in the order of names. */
  all(): IterableIterator<[string, bigint]> {
    return this.#values.entries();
  }

  addTo(hash: StateHash): void {
    const again: Hashed = { hashA: 0, hashB: 0 };
    for (const [name, value] of this.all()) {
      hashCounter(name, value, again);
      hash.add(again);
      hash.resident.kept += counterBytes(name, value);
    }
  }
}

function hashCounter(name: string, value: bigint, into: Hashed): void {
  hasher.begin(recordKind.counter).text(name).bits64(value).finish(into);
}
