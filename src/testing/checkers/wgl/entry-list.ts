import type { TimedOperation } from './model.ts';

/**
 * Calls and returns in the order of time, as a doubly linked list from which an operation is lifted when it is given its place, and
 * into which it is put back when that place is given up. The call of operation i is entry i, its return is entry count + i. A call
 * and a return at one time are taken as concurrent: the call comes first.
 */
export class EntryList {
  readonly #count: number;
  /** The last index is the list's head, which is its end as well. */
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  /** Of each return: how many entries come before it in the whole history. */
  readonly #places: Int32Array;

  /** The operations are ordered by their starts, and all have an end. */
  constructor(operations: readonly TimedOperation<unknown>[]) {
    const count = operations.length;
    this.#count = count;
    const head = 2 * count;
    this.#next = new Int32Array(head + 1);
    this.#previous = new Int32Array(head + 1);
    this.#places = new Int32Array(count);
    const starts = Float64Array.from(operations, ({ start }) => start);
    const ends = Float64Array.from(operations, ({ end }) => end);
    const byEnd = Int32Array.from(operations.keys()).sort((a, b) => at(ends, a) - at(ends, b) || a - b);
    let last = head;
    let calls = 0;
    for (let returns = 0; returns < count; returns++) {
      const returning = at(byEnd, returns);
      while (calls < count && at(starts, calls) <= at(ends, returning)) last = this.#append(calls++, last);
      this.#places[returning] = calls + returns;
      last = this.#append(count + returning, last);
    }
    this.#next[last] = head;
    this.#previous[head] = last;
  }

  get first(): number {
    return at(this.#next, 2 * this.#count);
  }

  after(entry: number): number {
    return at(this.#next, entry);
  }

  isCall(entry: number): boolean {
    return entry < this.#count;
  }

  /** The operation whose return comes first of all that are left. There must be one. */
  get firstToReturn(): number {
    let entry = this.first;
    while (entry < this.#count) entry = at(this.#next, entry);
    return entry - this.#count;
  }

  /** How late an operation returns in the whole history. */
  placeOfReturn(operation: number): number {
    return at(this.#places, operation);
  }

  lift(operation: number): void {
    this.#unlink(operation);
    this.#unlink(this.#count + operation);
  }

  /** Undoes the last `lift` that is not undone. */
  unlift(operation: number): void {
    this.#relink(this.#count + operation);
    this.#relink(operation);
  }

  #append(entry: number, last: number): number {
    this.#next[last] = entry;
    this.#previous[entry] = last;
    return entry;
  }

  #unlink(entry: number): void {
    const [before, after] = [at(this.#previous, entry), at(this.#next, entry)];
    this.#next[before] = after;
    this.#previous[after] = before;
  }

  #relink(entry: number): void {
    this.#next[at(this.#previous, entry)] = entry;
    this.#previous[at(this.#next, entry)] = entry;
  }
}

function at(array: Int32Array | Float64Array, index: number): number {
  return array[index] as number;
}
