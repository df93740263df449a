import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Hold } from '../../src/machine/holds.ts';
import { unitBytes } from '../../src/machine/slab.ts';
import { SlabStore, type SlotId, unitOf } from '../../src/machine/slab-store.ts';
import type { Revision } from '../../src/wire/identifiers.ts';

const mebibyte = 1024 * 1024;
const first = 1 as Revision;

type Step =
  | { readonly kind: 'keep'; readonly bytes: number }
  | { readonly kind: 'free'; readonly which: number }
  | { readonly kind: 'hold' }
  | { readonly kind: 'release'; readonly which: number };

const steps = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('keep' as const),
        bytes: fc.oneof(fc.integer({ min: 0, max: 400 }), fc.constantFrom(4_000, 131_072, 131_073, mebibyte + 48)),
      }),
    },
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('free' as const), which: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('hold' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('release' as const), which: fc.nat() }) },
  ),
  { maxLength: 300 },
);

/** All of it, so that two slots that overlap show in each other. */
function contentOf(store: SlabStore, id: SlotId, bytes: number): Uint8Array {
  const from = unitOf(id) * unitBytes;
  return store.slab(id).bytes.subarray(from, from + bytes);
}

test('whoever keeps something finds it as it was, until it is freed and nobody holds who has seen it', () => {
  interface Kept {
    readonly id: SlotId;
    readonly bytes: number;
    readonly revision: Revision;
    readonly mark: number;
  }
  const check = (given: readonly Step[]): void => {
    const store = new SlabStore();
    const kept: Kept[] = [];
    const holds: { hold: Hold; sees: readonly Kept[] }[] = [];
    for (const [at, step] of given.entries()) {
      const revision = (at + 1) as Revision;
      if (step.kind === 'keep') {
        const id = store.allocate(step.bytes);
        contentOf(store, id, step.bytes).fill(at % 251);
        kept.push({ id, bytes: step.bytes, revision, mark: at % 251 });
      } else if (step.kind === 'free') {
        const [freed] = kept.splice(step.which % Math.max(1, kept.length), 1);
        if (freed !== undefined) store.free(freed.id, freed.revision);
      } else if (step.kind === 'hold') {
        holds.push({ hold: store.hold(revision), sees: [...kept] });
      } else {
        const [released] = holds.splice(step.which % Math.max(1, holds.length), 1);
        if (released !== undefined) store.release(released.hold);
      }
      expect(store.holds).toBe(holds.length);
      const seen = new Set(holds.flatMap(({ sees }) => sees));
      for (const each of kept) seen.delete(each);
      const { slots, deferred } = store.size;
      expect(slots - deferred).toBe(kept.length);
      expect(deferred).toBeGreaterThanOrEqual(seen.size);
    }
    for (const { id, bytes, mark } of [...kept, ...holds.flatMap(({ sees }) => sees)]) {
      expect(contentOf(store, id, bytes).every((byte) => byte === mark)).toBe(true);
    }
    // Once all that nobody sees is freed, nothing else waits.
    const seen = new Set(holds.flatMap(({ sees }) => sees));
    for (const each of kept) seen.delete(each);
    for (let count = 0; count < given.length; count++) store.allocate(16);
    expect(store.size.deferred).toBe(seen.size);
  };
  fc.assert(fc.property(steps, check), { numRuns: 300 });
});

describe('memory', () => {
  const fill = (store: SlabStore, count: number, bytes: number) =>
    Array.from({ length: count }, () => store.allocate(bytes));

  test('of what is freed is used again by what is about as long', () => {
    const store = new SlabStore();
    const ids = fill(store, 10_000, 300);
    const { bytes } = store.size;
    for (let round = 0; round < 5; round++) {
      for (let at = 0; at < ids.length; at += 3) {
        store.free(ids[at] as SlotId, first);
        ids[at] = store.allocate(290 + (round % 2) * 14);
      }
    }
    expect(store.size).toEqual({ slots: 10_000, bytes, deferred: 0 });
  });

  test('that somebody held is used again by and by', () => {
    const store = new SlabStore();
    const ids = fill(store, 10_000, 300);
    const hold = store.hold(first);
    for (const id of ids) store.free(id, first);
    const { bytes } = store.size;
    store.release(hold);
    expect(store.size.deferred).toBe(10_000);
    fill(store, 2_500, 300);
    expect(store.size).toEqual({ slots: 2_500, bytes: expect.any(Number), deferred: 0 });
    fill(store, 7_400, 300);
    expect(store.size.bytes).toBeLessThanOrEqual(bytes);
  });

  test('that came after whoever holds is used again at once', () => {
    const store = new SlabStore();
    store.hold(first);
    for (let round = 2; round < 10_000; round++) store.free(store.allocate(300), round as Revision);
    expect(store.size).toEqual({ slots: 0, bytes: expect.any(Number), deferred: 0 });
  });

  test('that nobody sees any more is used again although others hold', () => {
    const store = new SlabStore();
    const [early, late] = [store.allocate(300), store.allocate(300)];
    const longest = store.hold(first);
    const shorter = store.hold(2 as Revision);
    store.free(early, first);
    store.free(late, 2 as Revision);
    store.release(shorter);
    store.allocate(300);
    expect(store.size).toEqual({ slots: 2, bytes: expect.any(Number), deferred: 1 });
    store.release(longest);
    store.allocate(300);
    expect(store.size.deferred).toBe(0);
  });

  test('that waits does not pile up, however few are asked for', () => {
    const store = new SlabStore();
    const ids = fill(store, 200_000, 16);
    const hold = store.hold(first);
    for (const id of ids) store.free(id, first);
    store.release(hold);
    fill(store, 20_000, 16);
    expect(store.size.deferred).toBeLessThan(100_000);
  });

  test('is given back when all of a slab was freed', () => {
    const store = new SlabStore();
    for (const id of [...fill(store, 30_000, 300), ...fill(store, 3, mebibyte)]) store.free(id, first);
    // One slab of the size stays for the next who comes.
    expect(store.size.slots).toBe(0);
    expect(store.size.bytes).toBeLessThanOrEqual(mebibyte);
  });

  test.each([16, 49, 304, 1_000, 5_000, 70_000, 130_000, 300_000])('of %i bytes is little more than that', (bytes) => {
    const store = new SlabStore();
    const count = Math.ceil((40 * mebibyte) / bytes);
    fill(store, count, bytes);
    expect(store.size.bytes).toBeGreaterThanOrEqual(count * bytes);
    expect(store.size.bytes).toBeLessThan(count * (bytes + unitBytes) * 1.08 + mebibyte);
  });

  test.each([131_073, 200_000, 300_000, 524_288, 524_289, mebibyte + 48])(
    'of %i bytes needs no more than one slab for half a mebibyte',
    (bytes) => {
      const store = new SlabStore();
      const slabs = new Set(fill(store, 100, bytes).map((id) => id >>> 16));
      expect(slabs.size).toBeLessThanOrEqual(Math.ceil((100 * bytes * 2) / mebibyte));
    },
  );

  test('of a small state is small', () => {
    const store = new SlabStore();
    fill(store, 10, 100);
    expect(store.size.bytes).toBeLessThan(4_096);
  });
});

describe('broken use is found', () => {
  test('a slot of a slab that was given up', () => {
    const store = new SlabStore();
    const id = store.allocate(mebibyte);
    store.free(id, first);
    expect(() => store.slab(id)).toThrow('in use');
    expect(() => store.free(id, first)).toThrow('in use');
  });

  test('a release without a hold', () => {
    const hold = new SlabStore().hold(first);
    expect(() => new SlabStore().release(hold)).toThrow('held');
  });
});
