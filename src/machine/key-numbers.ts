import { assert } from '../wire/assert.ts';

declare const brand: unique symbol;

/** Stands for a key as long as anything of it can be seen. */
export type KeyNumber = number & { readonly [brand]: 'KeyNumber' };

/** Maps grow by copying all that they hold: many small ones do so by turns, in a time that nobody notices. */
const partCount = 256;
/** Of a long key, so many characters decide in which part it is. */
const charactersHashed = 32;

/**
 * The numbers of keys, dense, so that what belongs to a key can lie in an array. Also the quickest way to find a key: a look into a
 * sorted tree compares some twenty strings, each somewhere else in memory.
 */
export class KeyNumbers {
  readonly #parts: Map<string, KeyNumber>[] = [];
  /** Of keys that were removed. */
  readonly #free: KeyNumber[] = [];
  #next = 0;

  find(key: string): KeyNumber | undefined {
    return this.#parts[partOf(key)]?.get(key);
  }

  /** Of a key that has none. */
  add(key: string): KeyNumber {
    const at = partOf(key);
    let part = this.#parts[at];
    if (part === undefined) {
      // Without holes, which would make of the list a table.
      while (this.#parts.length <= at) this.#parts.push(new Map());
      part = this.#parts[at] as Map<string, KeyNumber>;
    }
    const number = this.#free.pop() ?? (this.#next++ as KeyNumber);
    const { size } = part;
    part.set(key, number);
    assert(part.size === size + 1, 'a key has one number');
    return number;
  }

  remove(key: string): void {
    const number = this.find(key);
    assert(number !== undefined, 'a key that is removed was there');
    this.#parts[partOf(key)]?.delete(key);
    this.#free.push(number);
  }
}

/** FNV-1a, of the last characters: names differ at their ends. */
function partOf(key: string): number {
  let hash = 0x811c9dc5 | 0;
  for (let at = Math.max(0, key.length - charactersHashed); at < key.length; at++) {
    hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  }
  return (hash ^ (hash >>> 15)) & (partCount - 1);
}
