import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ddmin } from '../../../../src/testing/simulation/shrinking/ddmin.ts';

test('what is left is what was needed, in its old order', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 300 }).chain((length) => {
        const positions = fc.uniqueArray(fc.nat({ max: length - 1 }), { maxLength: 6, size: 'max' });
        return fc.tuple(fc.constant(length), positions);
      }),
      ([length, needed]) => {
        const items = Array.from({ length }, (_, at) => at);
        const minimal = ddmin(items, (rest) => needed.every((at) => rest.includes(at)));
        expect(minimal).toEqual([...needed].sort((a, b) => a - b));
      },
    ),
    { numRuns: 300 },
  );
});

test('no single item can be left out, whatever the failure hangs on', () => {
  // At least three even ones and one odd one: there are many minimal lists.
  const fails = (rest: readonly number[]): boolean =>
    rest.filter((item) => item % 2 === 0).length >= 3 && rest.some((item) => item % 2 === 1);
  const minimal = ddmin(
    Array.from({ length: 200 }, (_, at) => at),
    fails,
  );
  expect(fails(minimal)).toBe(true);
  expect(minimal).toHaveLength(4);
});

test('two needed among thousands are found in few tries', () => {
  let tries = 0;
  const items = Array.from({ length: 4_096 }, (_, at) => at);
  const minimal = ddmin(items, (rest) => {
    tries += 1;
    return rest.includes(17) && rest.includes(3_000);
  });
  expect(minimal).toEqual([17, 3_000]);
  expect(tries).toBeLessThan(60);
});

test('out of time, it keeps what it has', () => {
  let tries = 0;
  const items = Array.from({ length: 64 }, (_, at) => at);
  const fails = (rest: readonly number[]): boolean => {
    tries += 1;
    return rest.includes(5);
  };
  const sofar = ddmin(items, fails, () => tries >= 3);
  expect(tries).toBe(3);
  expect(sofar).toContain(5);
  expect(sofar.length).toBeLessThan(64);
  expect(ddmin(items, fails, () => true)).toEqual(items);
});
