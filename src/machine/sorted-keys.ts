import type { KeyNumber } from './key-numbers.ts';
import { compareText, SortedMap } from './sorted-map.ts';

export type NumberedKeys = IterableIterator<[key: string, number: KeyNumber]>;

/** Keys per node of a tree, at most: a node of the default size, 32, takes half as much again for a key. */
const nodeKeys = 64;

/** The keys in their order: those that live, and those whose newest version is a deletion above the floor. Of each its number. */
export class SortedKeys {
  readonly #live: SortedMap<string, KeyNumber>;
  readonly #deleted: SortedMap<string, KeyNumber>;

  /** Takes constant time: what a copy has is shared until it changes. */
  constructor(origin?: SortedKeys) {
    this.#live = origin === undefined ? new SortedMap(undefined, compareText, nodeKeys) : origin.#live.clone();
    this.#deleted = origin === undefined ? new SortedMap(undefined, compareText, nodeKeys) : origin.#deleted.clone();
  }

  live(): NumberedKeys {
    return this.#live.entries();
  }

  deleted(): NumberedKeys {
    return this.#deleted.entries();
  }

  isDeleted(key: string): boolean {
    return this.#deleted.has(key);
  }

  /** One that is new, or was deleted. */
  setLive(key: string, number: KeyNumber): void {
    this.#live.set(key, number);
    if (!this.#deleted.isEmpty) this.#deleted.delete(key);
  }

  /** One that lives, or of which nothing was known. */
  setDeleted(key: string, number: KeyNumber): void {
    this.#live.delete(key);
    this.#deleted.set(key, number);
  }

  /** Of one that was deleted nothing is known any more. */
  forget(key: string): void {
    this.#deleted.delete(key);
  }

  /** How many live in [from, end). In time for the tree's leaves, not for each key. */
  count(from: string, end: string | undefined): number {
    const last = end ?? this.#live.maxKey();
    return last === undefined || last < from ? 0 : this.#live.forRange(from, last, end === undefined);
  }

  /** Of [from, end), ascending or backwards. */
  *range(
    from: string,
    end: string | undefined,
    { ascending, withDeleted }: { readonly ascending: boolean; readonly withDeleted: boolean },
  ): NumberedKeys {
    const live = ascending ? this.#live.entries(from) : entriesBelow(this.#live, end);
    const deleted = ascending ? this.#deleted.entries(from) : entriesBelow(this.#deleted, end);
    for (const entry of withDeleted ? merged(live, deleted, ascending) : live) {
      const [key] = entry;
      if (ascending ? end !== undefined && key >= end : key < from) return;
      yield entry;
    }
  }
}

function* merged(live: NumberedKeys, deletions: NumberedKeys, ascending: boolean): NumberedKeys {
  let deletion = deletions.next();
  for (const entry of live) {
    while (deletion.done !== true && deletion.value[0] < entry[0] === ascending) {
      yield deletion.value;
      deletion = deletions.next();
    }
    yield entry;
  }
  for (; deletion.done !== true; deletion = deletions.next()) yield deletion.value;
}

/** From the last one before `end`, or of all, to the first. */
function entriesBelow(keys: SortedMap<string, KeyNumber>, end: string | undefined): NumberedKeys {
  return keys.entriesReversed(end, undefined, end !== undefined);
}
