import fc from 'fast-check';
import { expect, test } from 'vitest';
import { firstNames } from '../../src/machine/first-names.ts';

test('a page has the first names behind the last one, in order', () => {
  const names = ['b', 'jobs/2', 'a', 'jobs/1', 'jobs/3', 'jobs'];
  expect(firstNames(names, { prefix: '', after: '', limit: 2 })).toEqual(['a', 'b']);
  expect(firstNames(names, { prefix: '', after: 'b', limit: 9 })).toEqual(['jobs', 'jobs/1', 'jobs/2', 'jobs/3']);
  expect(firstNames(names, { prefix: 'jobs/', after: 'jobs/1', limit: 1 })).toEqual(['jobs/2']);
  expect(firstNames(names, { prefix: 'x', after: '', limit: 1 })).toEqual([]);
});

test('page after page has every name once, however they lie', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.string({ maxLength: 3 }), { maxLength: 60 }),
      fc.integer({ min: 1, max: 9 }),
      (all, limit) => {
        const names = all.filter((name) => name !== '');
        const paged: string[] = [];
        for (;;) {
          const page = firstNames(names, { prefix: '', after: paged.at(-1) ?? '', limit });
          paged.push(...page);
          if (page.length < limit) break;
        }
        expect(paged).toEqual([...names].sort());
      },
    ),
  );
});
