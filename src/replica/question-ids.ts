/** So many questions may be asked in a boot before their ids meet those of another. */
const idsPerSeed = 2 ** 20;

/**
 * Ids of what this node sends to others and gets answered: rising, and from another range in every boot, since an answer to a
 * question of an earlier boot may still be under way, and says nothing about what was asked since.
 */
export class QuestionIds {
  #last: number;

  /** `seed`: random per start of the process; its low 32 bits count. */
  constructor(seed: number) {
    this.#last = (seed >>> 0) * idsPerSeed;
  }

  next(): number {
    this.#last += 1;
    return this.#last;
  }
}
