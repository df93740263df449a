import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Interner } from '../../../src/testing/explorer/interner.ts';
import { absent, PairTable } from '../../../src/testing/explorer/pair-table.ts';
import { StateTable } from '../../../src/testing/explorer/state-table.ts';

/** Few different numbers, so that equal ones come again; and such as only differ in high bits. */
const number = fc.oneof(
  fc.nat({ max: 40 }),
  fc.nat({ max: 40 }).map((bits) => bits * 2 ** 20),
);

test('a table of pairs is a map', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(number, number, number), { minLength: 1, maxLength: 400 }), (entries) => {
      const table = new PairTable(2);
      const map = new Map<string, number>();
      for (const [first, second, value] of entries) {
        expect(table.get(first, second)).toBe(map.get(`${first} ${second}`) ?? absent);
        table.set(first, second, value);
        map.set(`${first} ${second}`, value);
      }
      expect(table.size).toBe(map.size);
      for (const [first, second] of entries) expect(table.get(first, second)).toBe(map.get(`${first} ${second}`));
    }),
  );
});

test('a table of states is a set in the order of adding, with the parents', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(number, number, number), { minLength: 1, maxLength: 400 }), (triples) => {
      const table = new StateTable();
      const known = new Map<string, number>();
      for (const [index, [first, second, third]] of triples.entries()) {
        const isNew = !known.has(`${first} ${second} ${third}`);
        expect(table.add(first, second, third, index)).toBe(isNew);
        if (!isNew) continue;
        const state = known.size;
        known.set(`${first} ${second} ${third}`, state);
        expect(table.triple(state)).toEqual([first, second, third]);
        expect(table.parent(state)).toBe(index);
      }
      expect(table.size).toBe(known.size);
    }),
  );
});

test('a table of states grows without losing one', () => {
  const table = new StateTable();
  const count = 50_000;
  for (let state = 0; state < count; state++) expect(table.add(state % 97, state, state % 11, state)).toBe(true);
  for (let state = 0; state < count; state++) expect(table.add(state % 97, state, state % 11, 0)).toBe(false);
  expect(table.size).toBe(count);
});

test('equal texts have one number, short or long', () => {
  const interner = new Interner<string>();
  const texts = ['a', 'b', 'x'.repeat(1000), `${'x'.repeat(999)}y`];
  const numbers = texts.map((text) => interner.number(text, () => text));
  expect(numbers).toEqual([0, 1, 2, 3]);
  expect(texts.map((text) => interner.number(text, () => 'another'))).toEqual(numbers);
  expect(numbers.map((each) => interner.thing(each))).toEqual(texts);
});
