import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HashRing } from '../../src/recipes/hash-ring.ts';

const named = (count: number, prefix = 'node') =>
  Array.from({ length: count }, (_, index) => ({ id: `${prefix}-${index}` }));
const keys = Array.from({ length: 30_000 }, (_, index) => `key-${index}`);
const owners = (ring: HashRing, some = keys) => some.map((key) => ring.owner(key));

function shares(ring: HashRing): Map<string, number> {
  const counts = new Map(ring.members.map(({ id }) => [id, 0]));
  for (const owner of owners(ring)) counts.set(owner ?? '', (counts.get(owner ?? '') ?? 0) + 1 / keys.length);
  return counts;
}

/** The largest part by which the share of a member differs from what its weight says. */
function worstDeviation(ring: HashRing): number {
  const total = ring.members.reduce((sum, { weight }) => sum + weight, 0);
  const found = shares(ring);
  return Math.max(...ring.members.map(({ id, weight }) => Math.abs(((found.get(id) ?? 0) * total) / weight - 1)));
}

describe('the spread', () => {
  test.each([2, 3, 5, 10])('of %i members stays within a tenth of even at 200 virtual nodes', (count) => {
    expect(worstDeviation(new HashRing(named(count)))).toBeLessThan(0.1);
    expect(worstDeviation(new HashRing(named(count, 'http://10.0.0.')))).toBeLessThan(0.1);
  });

  test('is not by chance: with 4 of them it would not be', () => {
    expect(worstDeviation(new HashRing(named(10), { virtualNodes: 4 }))).toBeGreaterThan(0.1);
  });

  test('follows the weights', () => {
    const weights = [0.5, 1, 2, 4].map((weight) => ({ id: `w${weight}`, weight }));
    expect(worstDeviation(new HashRing(weights))).toBeLessThan(0.1);
  });
});

describe('movement', () => {
  test('about 1/n of the keys go to one that joins as the n-th, and no other key moves', () => {
    const before = new HashRing(named(9));
    const after = new HashRing(named(10));
    const moved = keys.filter((key) => before.owner(key) !== after.owner(key));
    expect(moved.length / keys.length).toBeGreaterThan(0.09);
    expect(moved.length / keys.length).toBeLessThan(0.11);
    expect(new Set(owners(after, moved))).toEqual(new Set(['node-9']));
  });

  test('the keys of one that leaves go to all the others, about evenly', () => {
    const before = new HashRing(named(10));
    const after = new HashRing(named(10).filter(({ id }) => id !== 'node-4'));
    const moved = keys.filter((key) => before.owner(key) !== after.owner(key));
    expect(new Set(owners(before, moved))).toEqual(new Set(['node-4']));
    const taken = owners(after, moved);
    for (const { id } of after.members) {
      const share = taken.filter((owner) => owner === id).length / moved.length;
      expect(share).toBeGreaterThan(0.5 / 9);
      expect(share).toBeLessThan(2 / 9);
    }
  });
});

const anyMembers = fc.uniqueArray(
  fc.record({ id: fc.string({ minLength: 1, maxLength: 8 }), weight: fc.constantFrom(0.1, 0.5, 1, 2, 3) }),
  { selector: ({ id }) => id, minLength: 1, maxLength: 12 },
);

describe('laws', () => {
  test('the order and the history of the members do not matter', () => {
    fc.assert(
      fc.property(anyMembers, fc.string(), (members, key) => {
        const [ring, reversed] = [new HashRing(members), new HashRing([...members].reverse())];
        expect(reversed.owners(key, members.length)).toEqual(ring.owners(key, members.length));
      }),
      { numRuns: 50 },
    );
  });

  test('without one member, the others keep their ranks for every key', () => {
    fc.assert(
      fc.property(anyMembers, fc.string(), fc.nat(), (members, key, at) => {
        const gone = members[at % members.length]?.id;
        const all = new HashRing(members).owners(key, members.length);
        const others = new HashRing(members.filter(({ id }) => id !== gone)).owners(key, members.length);
        expect(others).toEqual(all.filter((id) => id !== gone));
      }),
      { numRuns: 50 },
    );
  });

  test('the owner is the first of the owners, and all owners are different members', () => {
    fc.assert(
      fc.property(anyMembers, fc.string(), (members, key) => {
        const ring = new HashRing(members, { virtualNodes: 20 });
        const ranked = ring.owners(key, members.length + 3);
        expect(ranked[0]).toBe(ring.owner(key));
        expect([...ranked].sort()).toEqual(members.map(({ id }) => id).sort());
        expect(ring.owners(key, 2)).toEqual(ranked.slice(0, 2));
      }),
      { numRuns: 50 },
    );
  });

  test('nobody is given more than the bound says, and whoever has room keeps what is its own', () => {
    const ring = new HashRing(named(5));
    const loads = new Map(ring.members.map(({ id }) => [id, 0]));
    const load = (id: string) => loads.get(id) ?? 0;
    for (let count = 1; count <= 1_000; count++) {
      // One hot key, and others.
      const key = count % 2 === 0 ? 'hot' : `key-${count}`;
      const placed = ring.place(key, { load, factor: 1.1 }) ?? '';
      const owner = ring.owner(key) ?? '';
      if (load(owner) < Math.ceil((1.1 * count) / 5)) expect(placed).toBe(owner);
      loads.set(placed, load(placed) + 1);
      expect(Math.max(...loads.values())).toBeLessThanOrEqual(Math.ceil((1.1 * count) / 5));
    }
  });
});

test('an empty ring owns nothing, and a wrong one is refused', () => {
  const empty = new HashRing([]);
  expect([empty.owner('k'), empty.owners('k', 2), empty.place('k', { load: () => 0 })]).toEqual([
    undefined,
    [],
    undefined,
  ]);
  const refused = (make: () => unknown) => expect(make).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  refused(() => new HashRing([{ id: 'a' }, { id: 'a' }]));
  refused(() => new HashRing([{ id: 'a', weight: 0 }]));
  refused(() => new HashRing([{ id: 'a' }], { virtualNodes: 0 }));
  refused(() => new HashRing(named(2)).place('k', { load: () => Number.NaN }));
  refused(() => new HashRing(named(2)).place('k', { load: () => 0, factor: 0.5 }));
});
