import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { selectionId, selectionOf, selects, selectsAny } from '../../src/replica/watch-selection.ts';
import { compareBytes, equalBytes, keyString } from '../../src/wire/bytes.ts';
import type { KeyRange } from '../../src/wire/operation.ts';

const key = fc.uint8Array({ maxLength: 3, max: 3 });
const to: fc.Arbitrary<KeyRange['to']> = fc.oneof(fc.constantFrom('single' as const, 'unbounded' as const), key);
const range: fc.Arbitrary<KeyRange> = fc.record({ from: key, to });

function contains({ from, to }: KeyRange, one: Uint8Array): boolean {
  if (to === 'single') return equalBytes(from, one);
  return compareBytes(one, from) >= 0 && (to === 'unbounded' || compareBytes(one, to) < 0);
}

function sameRange(a: KeyRange, b: KeyRange): boolean {
  if (!equalBytes(a.from, b.from)) return false;
  return typeof a.to === 'string' || typeof b.to === 'string' ? a.to === b.to : equalBytes(a.to, b.to);
}

describe('a watch selection', () => {
  it('selects what the range contains', () => {
    fc.assert(
      fc.property(range, fc.array(key), (asked, keys) => {
        const selection = selectionOf(asked);
        for (const one of keys) expect(selects(selection, keyString(one))).toBe(contains(asked, one));
        const events = keys.map((one) => ({ keyString: keyString(one) }));
        expect(selectsAny(selection, events)).toBe(keys.some((one) => contains(asked, one)));
      }),
    );
  });

  it('has the id of another one of its kind only if both are equal', () => {
    fc.assert(
      fc.property(range, range, (one, other) => {
        const [a, b] = [selectionOf(one), selectionOf(other)];
        expect(a.kind === b.kind && selectionId(a) === selectionId(b)).toBe(sameRange(one, other));
      }),
      { numRuns: 1_000 },
    );
  });
});
