interface Item {
  readonly atMs: number;
  readonly id: number;
}

/**
 * A binary heap of deadlines. Most calls finish long before theirs: an entry whose call is over stays until it comes to
 * the top, or until such entries are the majority.
 */
export class Deadlines {
  readonly #isPending: (id: number) => boolean;
  #heap: Item[] = [];
  #swept = 0;

  constructor(isPending: (id: number) => boolean) {
    this.#isPending = isPending;
  }

  add(atMs: number, id: number): void {
    const heap = this.#heap;
    heap.push({ atMs, id });
    this.#rise(heap.length - 1);
    if (heap.length > 1024 && heap.length > 2 * this.#swept) this.#sweep();
  }

  /** The earliest deadline of a call that is not over; Infinity if there is none. */
  earliestMs(): number {
    for (let top = this.#heap[0]; top !== undefined; top = this.#heap[0]) {
      if (this.#isPending(top.id)) return top.atMs;
      this.#removeTop();
    }
    return Number.POSITIVE_INFINITY;
  }

  /** The next pending call whose deadline has come, taken out. */
  takeDue(nowMs: number): number | undefined {
    if (this.earliestMs() > nowMs) return undefined;
    const id = this.#heap[0]?.id;
    this.#removeTop();
    return id;
  }

  #sweep(): void {
    const pending = this.#heap.filter(({ id }) => this.#isPending(id)).sort((a, b) => a.atMs - b.atMs);
    this.#heap = pending;
    this.#swept = pending.length;
  }

  #removeTop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const right = left + 1;
      let least = at;
      if (left < heap.length && this.#before(left, least)) least = left;
      if (right < heap.length && this.#before(right, least)) least = right;
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #rise(start: number): void {
    let at = start;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#before(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #before(a: number, b: number): boolean {
    return (this.#heap[a] as Item).atMs < (this.#heap[b] as Item).atMs;
  }

  #swap(a: number, b: number): void {
    const item = this.#heap[a] as Item;
    this.#heap[a] = this.#heap[b] as Item;
    this.#heap[b] = item;
  }
}
