const words = 4;

/** A global state: one number for each of the three nodes. */
export type Triple = readonly [number, number, number];

/**
 * All states that were found, in the order in which they were found: it is the visited set and the queue of a breadth-first
 * search in one. What it compares are the states themselves, not fingerprints of them, so nothing is taken for something else.
 * 24 bytes for each state at most loads: 16 here, and 4 to 16 in the index.
 */
export class StateTable {
  /** Node, node, node, parent. */
  #states = new Uint32Array(words * 1024);
  /** Number of a state + 1, by open addressing; 0: free. */
  #index = new Uint32Array(4096);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Adds a state. @returns whether it is new; its number is then `size - 1` */
  add(first: number, second: number, third: number, parent: number): boolean {
    const mask = this.#index.length - 1;
    let at = mix(first, second, third) & mask;
    for (;;) {
      const found = this.#index[at] as number;
      if (found === 0) break;
      const base = words * (found - 1);
      const states = this.#states;
      if (states[base] === first && states[base + 1] === second && states[base + 2] === third) return false;
      at = (at + 1) & mask;
    }
    const base = words * this.#size;
    if (base === this.#states.length) this.#growStates();
    this.#states[base] = first;
    this.#states[base + 1] = second;
    this.#states[base + 2] = third;
    this.#states[base + 3] = parent;
    this.#size += 1;
    this.#index[at] = this.#size;
    if (this.#size * 2 > this.#index.length) this.#growIndex();
    return true;
  }

  node(state: number, node: number): number {
    return this.#states[words * state + node] as number;
  }

  parent(state: number): number {
    return this.#states[words * state + 3] as number;
  }

  triple(state: number): Triple {
    return [this.node(state, 0), this.node(state, 1), this.node(state, 2)];
  }

  #growStates(): void {
    const larger = new Uint32Array(this.#states.length * 2);
    larger.set(this.#states);
    this.#states = larger;
  }

  #growIndex(): void {
    const index = new Uint32Array(this.#index.length * 2);
    const mask = index.length - 1;
    const states = this.#states;
    for (let state = 0; state < this.#size; state++) {
      const base = words * state;
      let at = mix(states[base] as number, states[base + 1] as number, states[base + 2] as number) & mask;
      while (index[at] !== 0) at = (at + 1) & mask;
      index[at] = state + 1;
    }
    this.#index = index;
  }
}

function mix(first: number, second: number, third: number): number {
  let hash = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca77);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) ^ Math.imul(third, 0xc2b2ae3d);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x297a2d39);
  return (hash ^ (hash >>> 14)) >>> 0;
}
