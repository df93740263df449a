import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type KeyNumber, KeyNumbers } from '../../src/machine/key-numbers.ts';
import { NewestVersions } from '../../src/machine/newest-versions.ts';
import type { VersionId } from '../../src/machine/version-store.ts';

const key = fc.oneof(fc.string({ maxLength: 3 }), fc.string({ minLength: 40, maxLength: 60 }));

test('each key has a number, no two have the same, and they are dense', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(key, fc.boolean()), { maxLength: 200 }), (steps) => {
      const numbers = new KeyNumbers();
      const model = new Map<string, number>();
      let most = 0;
      for (const [name, adds] of steps) {
        if (adds && !model.has(name)) model.set(name, numbers.add(name));
        if (!adds && model.delete(name)) numbers.remove(name);
        most = Math.max(most, model.size);
        expect(numbers.find(name)).toBe(model.get(name));
      }
      expect(new Set(model.values()).size).toBe(model.size);
      for (const [name, number] of model) {
        expect(numbers.find(name)).toBe(number);
        expect(number).toBeLessThan(most);
      }
    }),
  );
});

test('a key that has a number is given no other, and one without cannot be removed', () => {
  const numbers = new KeyNumbers();
  numbers.add('k');
  expect(() => numbers.add('k')).toThrow('one number');
  expect(() => numbers.remove('l')).toThrow('was there');
});

test('a copy of the newest versions stays as it was, and the original goes on', () => {
  const step = fc.tuple(fc.oneof(fc.nat(10), fc.nat(9_000)), fc.nat(2 ** 32 - 1), fc.boolean());
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const newest = new NewestVersions();
      const model: number[] = [];
      const copies: { copy: NewestVersions; expected: readonly number[] }[] = [];
      const set = (at: number, id: number): void => {
        newest.set(at as KeyNumber, id as VersionId);
        model[at] = id;
      };
      for (const [at, id, isCopied] of steps) {
        // Numbers are dense.
        for (let next = model.length; next < at; next++) set(next, next);
        set(at, id);
        if (isCopied) copies.push({ copy: new NewestVersions(newest), expected: [...model] });
      }
      for (const { copy, expected } of [...copies, { copy: newest, expected: model }]) {
        expect(expected.every((id, at) => copy.get(at as KeyNumber) === id)).toBe(true);
      }
    }),
    { numRuns: 50 },
  );
});
