import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { QuestionIds } from '../../src/replica/question-ids.ts';

describe('QuestionIds', () => {
  it('rise from 1 at least, are safe integers, and differ from those of another boot', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (seed, other) => {
        fc.pre(seed >>> 0 !== other >>> 0);
        const ids = new QuestionIds(seed);
        const first = ids.next();
        expect(first).toBeGreaterThanOrEqual(1);
        expect(ids.next()).toBe(first + 1);
        expect(Number.isSafeInteger(first + 2 ** 40)).toBe(true);
        expect(Math.abs(new QuestionIds(other).next() - first)).toBeGreaterThanOrEqual(2 ** 20);
      }),
    );
  });
});
