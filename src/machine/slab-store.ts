import { assert } from '../wire/assert.ts';
import type { Revision } from '../wire/identifiers.ts';
import { type Hold, Holds } from './holds.ts';
import { Slab, unitBytes } from './slab.ts';

declare const brand: unique symbol;

/** Names a slot as long as it is in use: the number of its slab times `unitsPerSlab`, and the unit at which it begins. */
export type SlotId = number & { readonly [brand]: 'SlotId' };

const unitsPerSlab = 65_536;
/** Of the slabs of a size that is much used; the first ones are smaller, so that a small state takes little. */
const slabBytesHigh = unitsPerSlab * unitBytes;
const firstSlabSlots = 4;
/**
 * Longer ones have a slab of their own: of a shared one they would waste too much. So 65,536 slabs, as many as have a name, take about
 * 32 GiB or more. With the highest quota, 4 GiB, and history, 1 GiB, there are 5 GiB of versions that can be read, and as much that was
 * freed since is seen by each of the two who hold, a checkpoint and a backup: 15 GiB in all.
 */
const longestShared = slabBytesHigh / 2;
/** Sizes per power of two: a slot is at most by one part in so many longer than what was asked for. */
const sizesPerDoubling = 16;

/** Slabs of one slot size. */
interface SizeClass {
  /** Those with a free slot. */
  readonly open: number[];
  nextSlots: number;
}

/**
 * Many small pieces of memory of any length, in few buffers: a million objects of the engine, each with a buffer of its own, would take
 * twice the memory, and every garbage collection would look at all of them.
 *
 * What is freed is used again, by the next who asks for about as much. Whoever reads what another may free meanwhile calls `hold`: what
 * it sees is then freed once nobody holds any more who sees it, some with each slot that is asked for.
 */
export class SlabStore {
  readonly #slabs: (Slab | undefined)[] = [];
  /** Of slabs that were given up. */
  readonly #freeNumbers: number[] = [];
  readonly #classes = new Map<number, SizeClass>();
  readonly #holds = new Holds<SlotId>();
  #used = 0;

  get size(): { readonly slots: number; readonly bytes: number; readonly deferred: number } {
    const bytes = this.#slabs.reduce((sum, slab) => sum + (slab?.bytes.length ?? 0), 0);
    return { slots: this.#used, bytes, deferred: this.#holds.deferredCount };
  }

  /** How many hold. */
  get holds(): number {
    return this.#holds.count;
  }

  /** A slot of at least so many bytes, whose content is what it happens to be. */
  allocate(bytes: number): SlotId {
    if (this.#holds.hasUnseen) for (const id of this.#holds.portion()) this.#free(id);
    const units = unitsFor(bytes);
    const shared = units * unitBytes <= longestShared;
    const number = shared ? this.#slabWithRoom(units) : this.#add(new Slab(units, 1));
    const slab = this.slab((number * unitsPerSlab) as SlotId);
    const unit = slab.take();
    if (shared && slab.isFull) this.#classes.get(units)?.open.pop();
    this.#used += 1;
    return (number * unitsPerSlab + unit) as SlotId;
  }

  /** Of a slot that is in use, for what the revision made. */
  free(id: SlotId, revision: Revision): void {
    if (!this.#holds.defer(id, revision)) this.#free(id);
  }

  /** Until it is released, nothing that is in use now, and was made up to the revision, is used for anything else. */
  hold(revision: Revision): Hold {
    return this.#holds.begin(revision);
  }

  release(hold: Hold): void {
    this.#holds.end(hold);
  }

  /** Where the slot lies. */
  slab(id: SlotId): Slab {
    const slab = this.#slabs[id >>> 16];
    assert(slab !== undefined, 'a slot that is named is in use');
    return slab;
  }

  #free(id: SlotId): void {
    const number = id >>> 16;
    const slab = this.slab(id);
    const wasFull = slab.isFull;
    slab.give(unitOf(id));
    this.#used -= 1;
    const sizeClass = this.#classes.get(slab.slotUnits);
    if (sizeClass === undefined) {
      this.#drop(number);
      return;
    }
    const { open } = sizeClass;
    if (wasFull) open.push(number);
    // One that is empty stays: sizes that come and go would else make a slab each time.
    if (slab.used > 0 || open.length === 1) return;
    open.splice(open.indexOf(number), 1);
    this.#drop(number);
  }

  #slabWithRoom(units: number): number {
    let sizeClass = this.#classes.get(units);
    if (sizeClass === undefined) {
      sizeClass = { open: [], nextSlots: Math.min(firstSlabSlots, Math.floor(unitsPerSlab / units)) };
      this.#classes.set(units, sizeClass);
    }
    const { open } = sizeClass;
    const last = open.at(-1);
    if (last !== undefined) return last;
    const number = this.#add(new Slab(units, sizeClass.nextSlots));
    sizeClass.nextSlots = Math.min(2 * sizeClass.nextSlots, Math.floor(unitsPerSlab / units));
    open.push(number);
    return number;
  }

  #add(slab: Slab): number {
    const number = this.#freeNumbers.pop() ?? this.#slabs.length;
    assert(number < unitsPerSlab, 'the number of a slab fits into the name of a slot');
    this.#slabs[number] = slab;
    return number;
  }

  #drop(number: number): void {
    this.#slabs[number] = undefined;
    this.#freeNumbers.push(number);
  }
}

/** The unit of its slab at which a slot begins. */
export function unitOf(id: SlotId): number {
  return id & 0xffff;
}

/** Rounded up to one of the sizes that there are. */
function unitsFor(bytes: number): number {
  const units = Math.max(1, Math.ceil(bytes / unitBytes));
  const step = Math.max(1, 2 ** (31 - Math.clz32(units)) / sizesPerDoubling);
  return Math.ceil(units / step) * step;
}
