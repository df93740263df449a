import { assert } from '../wire/assert.ts';

/** Slots begin and end at multiples of it: eight bytes for a number, and as many for the list of free slots. */
export const unitBytes = 16;

/** Whatever stands in its place in a slot that is in use, it is no link. */
const endOfList = -1;

/**
 * Bytes that are cut into slots of one size. Of a free slot, the first eight bytes are 0, and the next four lead to another free slot of
 * the slab.
 */
export class Slab {
  readonly bytes: Uint8Array;
  /** The same bytes, four and eight at a time: in the order of the processor, which nobody else sees. */
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  readonly slotUnits: number;
  readonly #units: number;
  /** The unit of the slot that was freed last. */
  #firstFree = endOfList;
  /** From here on no slot was ever used. */
  #untouched = 0;
  #used = 0;

  constructor(slotUnits: number, slots: number) {
    this.slotUnits = slotUnits;
    this.#units = slotUnits * slots;
    const buffer = new ArrayBuffer(this.#units * unitBytes);
    this.bytes = new Uint8Array(buffer);
    this.words = new Int32Array(buffer);
    this.doubles = new Float64Array(buffer);
  }

  /** Slots in use. */
  get used(): number {
    return this.#used;
  }

  get isFull(): boolean {
    return this.#used * this.slotUnits === this.#units;
  }

  /** The first unit of a slot, for the caller to use. Its content is what it happens to be. */
  take(): number {
    assert(!this.isFull, 'a slot is taken from a slab that has one');
    this.#used += 1;
    const freed = this.#firstFree;
    if (freed === endOfList) {
      const unit = this.#untouched;
      this.#untouched += this.slotUnits;
      return unit;
    }
    this.#firstFree = this.words[linkOf(freed)] as number;
    return freed;
  }

  give(unit: number): void {
    this.doubles[(unit * unitBytes) / 8] = 0;
    this.words[linkOf(unit)] = this.#firstFree;
    this.#firstFree = unit;
    this.#used -= 1;
  }
}

function linkOf(unit: number): number {
  return (unit * unitBytes) / 4 + 2;
}
