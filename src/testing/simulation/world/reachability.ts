/** Which party can reach which: nodes first, then clients. Faults overlap, so each block is counted. */
export class Reachability {
  readonly #parties: number;
  readonly #blocks: Int32Array;
  readonly #onOpen: (from: number, to: number) => void;

  /** `onOpen` is told when the last block from one to another has gone. */
  constructor(parties: number, onOpen: (from: number, to: number) => void) {
    this.#parties = parties;
    this.#blocks = new Int32Array(parties * parties);
    this.#onOpen = onOpen;
  }

  open(from: number, to: number): boolean {
    return this.#blocks[from * this.#parties + to] === 0;
  }

  block(from: number, to: number): void {
    const at = from * this.#parties + to;
    this.#blocks[at] = (this.#blocks[at] ?? 0) + 1;
  }

  unblock(from: number, to: number): void {
    const at = from * this.#parties + to;
    const left = (this.#blocks[at] ?? 0) - 1;
    if (left < 0) throw new Error(`nothing blocks ${from} to ${to}`);
    this.#blocks[at] = left;
    if (left === 0) this.#onOpen(from, to);
  }

  /** Forgets every block. */
  healAll(): void {
    for (let from = 0; from < this.#parties; from++) {
      for (let to = 0; to < this.#parties; to++) {
        const at = from * this.#parties + to;
        if (this.#blocks[at] === 0) continue;
        this.#blocks[at] = 0;
        this.#onOpen(from, to);
      }
    }
  }
}
