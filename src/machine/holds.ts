import { assert } from '../wire/assert.ts';
import type { Revision } from '../wire/identifiers.ts';

/** Somebody who reads what there was at a revision, whatever is freed after. */
export interface Hold {
  /** In the order of their beginning. */
  readonly number: number;
  readonly revision: Revision;
}

/** Freed, and seen by those of these numbers who still hold, and by nobody else. */
interface Deferred<Id> {
  readonly oldest: number;
  readonly newest: number;
  readonly ids: Id[];
}

/** So many of those that nobody sees any more, or such a part of them if that is more, are freed at a time: they do not pile up. */
const leastPortion = 4;
const portionsOfAll = 16_384;

/** Who holds, and what was freed meanwhile: no more than what they see, for as long as one of those does who see it. */
export class Holds<Id> {
  /** By number, and so by revision. */
  readonly #holds: Hold[] = [];
  #lastNumber = 0;
  #deferred: Deferred<Id>[] = [];
  /** What nobody sees any more, to be freed a portion at a time: all at once would be a stall. */
  readonly #unseen: Id[][] = [];
  #unseenCount = 0;

  /** How many hold. */
  get count(): number {
    return this.#holds.length;
  }

  /** Of what was freed and waits, seen or not. */
  get deferredCount(): number {
    return this.#deferred.reduce((sum, { ids }) => sum + ids.length, this.#unseenCount);
  }

  get hasUnseen(): boolean {
    return this.#unseenCount > 0;
  }

  begin(revision: Revision): Hold {
    assert(revision >= (this.#holds.at(-1)?.revision ?? 0), 'who holds later sees no less');
    this.#lastNumber += 1;
    const hold = { number: this.#lastNumber, revision };
    this.#holds.push(hold);
    return hold;
  }

  end(hold: Hold): void {
    const at = this.#holds.indexOf(hold);
    assert(at >= 0, 'who releases has held');
    this.#holds.splice(at, 1);
    const seen: Deferred<Id>[] = [];
    for (const deferred of this.#deferred) {
      const { oldest, newest, ids } = deferred;
      if (this.#holds.some(({ number }) => number >= oldest && number <= newest)) {
        seen.push(deferred);
        continue;
      }
      this.#unseen.push(ids);
      this.#unseenCount += ids.length;
    }
    this.#deferred = seen;
  }

  /** Keeps for later what is being freed, and was made by the revision. False if nobody sees it. */
  defer(id: Id, revision: Revision): boolean {
    const oldest = this.#holds.find((hold) => hold.revision >= revision)?.number;
    if (oldest === undefined) return false;
    // Who begins after it was freed does not see it.
    const newest = this.#lastNumber;
    const alike = this.#deferred.findLast((deferred) => deferred.oldest === oldest && deferred.newest === newest);
    if (alike === undefined) this.#deferred.push({ oldest, newest, ids: [id] });
    else alike.ids.push(id);
    return true;
  }

  /** Some of what nobody sees any more: the caller frees it. */
  *portion(): IterableIterator<Id> {
    const count = Math.max(leastPortion, Math.ceil(this.#unseenCount / portionsOfAll));
    for (let taken = 0; taken < count && this.#unseenCount > 0; taken++) {
      const ids = this.#unseen.at(-1);
      const id = ids?.pop();
      assert(ids !== undefined && id !== undefined, 'what waits is counted');
      if (ids.length === 0) this.#unseen.pop();
      this.#unseenCount -= 1;
      yield id;
    }
  }
}
