import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unitBytes } from '../../src/machine/slab.ts';
import { SlabStore, type SlotId, unitOf } from '../../src/machine/slab-store.ts';

const mebibyte = 1024 * 1024;

type Step =
  | { readonly kind: 'keep'; readonly bytes: number }
  | { readonly kind: 'free'; readonly which: number }
  | { readonly kind: 'hold' | 'release' };

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
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('hold' as const, 'release' as const) }) },
  ),
  { maxLength: 300 },
);

/** All of it, so that two slots that overlap show in each other. */
function contentOf(store: SlabStore, id: SlotId, bytes: number): Uint8Array {
  const from = unitOf(id) * unitBytes;
  return store.slab(id).bytes.subarray(from, from + bytes);
}

test('whoever keeps something finds it as it was, until it is freed and nobody holds', () => {
  const check = (given: readonly Step[]): void => {
    const store = new SlabStore();
    const kept: { id: SlotId; bytes: number; mark: number }[] = [];
    /** Freed, and still to be read. */
    const held: typeof kept = [];
    let holds = 0;
    for (const [at, step] of given.entries()) {
      if (step.kind === 'keep') {
        const id = store.allocate(step.bytes);
        contentOf(store, id, step.bytes).fill(at % 251);
        kept.push({ id, bytes: step.bytes, mark: at % 251 });
      } else if (step.kind === 'free') {
        const [freed] = kept.splice(step.which % Math.max(1, kept.length), 1);
        if (freed === undefined) continue;
        store.free(freed.id);
        if (holds > 0) held.push(freed);
      } else if (step.kind === 'hold') {
        store.hold();
        holds += 1;
      } else if (holds > 0) {
        store.release();
        holds -= 1;
        if (holds === 0) held.length = 0;
      }
      const { slots, deferred } = store.size;
      expect(slots - deferred).toBe(kept.length);
      expect(deferred).toBeGreaterThanOrEqual(held.length);
    }
    for (const { id, bytes, mark } of [...kept, ...held]) {
      expect(contentOf(store, id, bytes).every((byte) => byte === mark)).toBe(true);
    }
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
        store.free(ids[at] as SlotId);
        ids[at] = store.allocate(290 + (round % 2) * 14);
      }
    }
    expect(store.size).toEqual({ slots: 10_000, bytes, deferred: 0 });
  });

  test('that somebody held is used again by and by', () => {
    const store = new SlabStore();
    const ids = fill(store, 10_000, 300);
    store.hold();
    for (const id of ids) store.free(id);
    const { bytes } = store.size;
    store.release();
    expect(store.size.deferred).toBe(10_000);
    fill(store, 2_500, 300);
    expect(store.size).toEqual({ slots: 2_500, bytes: expect.any(Number), deferred: 0 });
    fill(store, 7_400, 300);
    expect(store.size.bytes).toBeLessThanOrEqual(bytes);
  });

  test('is given back when all of a slab was freed', () => {
    const store = new SlabStore();
    for (const id of [...fill(store, 30_000, 300), ...fill(store, 3, mebibyte)]) store.free(id);
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
    store.free(id);
    expect(() => store.slab(id)).toThrow('in use');
    expect(() => store.free(id)).toThrow('in use');
  });

  test('a release without a hold', () => {
    expect(() => new SlabStore().release()).toThrow('held');
  });
});
