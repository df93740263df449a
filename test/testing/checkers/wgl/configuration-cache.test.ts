import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ConfigurationCache } from '../../../../src/testing/checkers/wgl/configuration-cache.ts';

const answered = 100;
const unanswered = 40;

test('it knows exactly the sets that were met, with the state, and those with more of the unanswered', () => {
  const toggled = fc.oneof(
    fc.nat(answered + unanswered - 1),
    fc.constantFrom(0, 31, 32, 33, 63, 64, 99, 100, 131, 132, 139),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(toggled, fc.nat(2)), { maxLength: 300 }), (changes) => {
      const cache = new ConfigurationCache(answered, unanswered);
      const placed = new Set<number>();
      const met: { readonly key: string; readonly open: ReadonlySet<number> }[] = [];
      // A prefix is full, as in a long history.
      for (let operation = 0; operation < 40; operation++) {
        cache.add(operation);
        placed.add(operation);
      }
      for (const [operation, state] of changes) {
        expect(cache.has(operation)).toBe(placed.has(operation));
        if (placed.delete(operation)) cache.remove(operation);
        else {
          placed.add(operation);
          cache.add(operation);
        }
        const closed = [...placed].filter((other) => other < answered).sort((a, b) => a - b);
        const open = new Set([...placed].filter((other) => other >= answered));
        const key = `${state}:${closed.join()}`;
        const known = met.some((other) => other.key === key && [...other.open].every((item) => open.has(item)));
        expect(cache.remember(state)).toBe(!known);
        if (!known) met.push({ key, open });
      }
    }),
    { numRuns: 100 },
  );
});
