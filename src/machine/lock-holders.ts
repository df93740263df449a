import { assert } from '../wire/assert.ts';
import type { Acquisition } from './acquisition.ts';
import { compareNumbers, SortedMap } from './sorted-map.ts';

/** Who holds one lock, in the order of their grants: which is that of their asking, as nobody overtakes. Mostly it is one. */
export class LockHolders {
  #only: Acquisition | undefined;
  /** By `askedRevision`, in place of `#only`, while there are more than one and until there is none. */
  #several: SortedMap<number, Acquisition> | undefined;

  get count(): number {
    if (this.#several !== undefined) return this.#several.size;
    return this.#only === undefined ? 0 : 1;
  }

  get first(): Acquisition | undefined {
    const key = this.#several?.minKey();
    return key === undefined ? this.#only : this.#several?.get(key);
  }

  all(): Iterable<Acquisition> {
    if (this.#several !== undefined) return this.#several.values();
    return this.#only === undefined ? [] : [this.#only];
  }

  /** The first so many. */
  list(limit: number): readonly Acquisition[] {
    const listed: Acquisition[] = [];
    for (const holder of this.all()) {
      if (listed.length === limit) break;
      listed.push(holder);
    }
    return listed;
  }

  add(acquisition: Acquisition): void {
    if (this.count === 0) {
      this.#only = acquisition;
      return;
    }
    this.#several ??= new SortedMap<number, Acquisition>(undefined, compareNumbers);
    if (this.#only !== undefined) this.#several.set(this.#only.askedRevision, this.#only);
    this.#only = undefined;
    const last = this.#several.maxKey() ?? 0;
    assert(acquisition.askedRevision > last, 'locks are granted in the order of asking');
    this.#several.set(acquisition.askedRevision, acquisition);
  }

  remove(acquisition: Acquisition): void {
    const { askedRevision } = acquisition;
    const found = this.#several === undefined ? this.#only : this.#several.get(askedRevision);
    assert(found === acquisition, 'who has a token holds the lock');
    this.#only = undefined;
    this.#several?.delete(askedRevision);
    if (this.#several?.isEmpty === true) this.#several = undefined;
  }
}
