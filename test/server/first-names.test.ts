import fc from 'fast-check';
import { expect, test } from 'vitest';
import { firstNames } from '../../src/server/first-names.ts';

test('a page has the first names behind the last one, in order', async () => {
  const names = ['b', 'jobs/2', 'a', 'jobs/1', 'jobs/3', 'jobs'];
  expect(await firstNames(names, { prefix: '', after: '', limit: 2 })).toEqual(['a', 'b']);
  expect(await firstNames(names, { prefix: '', after: 'b', limit: 9 })).toEqual(['jobs', 'jobs/1', 'jobs/2', 'jobs/3']);
  expect(await firstNames(names, { prefix: 'jobs/', after: 'jobs/1', limit: 1 })).toEqual(['jobs/2']);
  expect(await firstNames(names, { prefix: 'x', after: '', limit: 1 })).toEqual([]);
});

test('page after page has every name once, however they lie', async () => {
  const name = fc.string({ minLength: 1, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(name, { maxLength: 60 }), fc.integer({ min: 1, max: 9 }), async (names, limit) => {
      const paged: string[] = [];
      for (;;) {
        const page = await firstNames(names, { prefix: '', after: paged.at(-1) ?? '', limit });
        paged.push(...page);
        if (page.length < limit) break;
      }
      expect(paged).toEqual([...names].sort());
    }),
  );
});

test('a long pass lets others have their turn, and bears that names come and go', async () => {
  const names = new Set(Array.from({ length: 25_000 }, (_, index) => `n${String(index).padStart(5, '0')}`));
  let turns = 0;
  const looking = firstNames(names, { prefix: '', after: '', limit: 25_000 });
  setImmediate(() => {
    turns += 1;
    names.delete('n24999');
    names.add('a');
  });
  const found = await looking;
  expect(turns).toBe(1);
  expect([found[0], found.at(-1)]).toEqual(['a', 'n24998']);
});
