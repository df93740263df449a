import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CounterEvent } from '../../src/machine/object-event.ts';
import { eventName, selectionId, selectionOf, selects, selectsAny } from '../../src/replica/watch-selection.ts';
import { compareBytes, equalBytes, keyString, utf8Bytes } from '../../src/wire/bytes.ts';
import type { Revision } from '../../src/wire/identifiers.ts';
import type { KeyRange } from '../../src/wire/operation.ts';
import { everything, keyEventFilters, type WatchTarget, watchKinds } from '../../src/wire/watch.ts';

const key = fc.uint8Array({ maxLength: 3, max: 3 });
const to: fc.Arbitrary<KeyRange['to']> = fc.oneof(fc.constantFrom('single' as const, 'unbounded' as const), key);
const range: fc.Arbitrary<KeyRange> = fc.record({ from: key, to });
const target: fc.Arbitrary<WatchTarget> = fc.record({
  kind: fc.constantFrom(...watchKinds),
  range,
  events: fc.constantFrom(...keyEventFilters),
  keysOnly: fc.boolean(),
  withoutPrevious: fc.boolean(),
});

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
        const selection = selectionOf({ ...everything, kind: 'keys', range: asked });
        for (const one of keys) expect(selects(selection, keyString(one))).toBe(contains(asked, one));
        const events = keys.map((one) => ({ keyString: keyString(one) }));
        expect(selectsAny(selection, events)).toBe(keys.some((one) => contains(asked, one)));
      }),
    );
  });

  it('has the id of another one only if both are equal, in what they leave out, too', () => {
    fc.assert(
      fc.property(target, target, (one, other) => {
        const { range: oneRange, ...oneForm } = one;
        const { range: otherRange, ...otherForm } = other;
        const same = sameRange(oneRange, otherRange) && JSON.stringify(oneForm) === JSON.stringify(otherForm);
        expect(selectionId(selectionOf(one)) === selectionId(selectionOf(other))).toBe(same);
      }),
      { numRuns: 2_000 },
    );
  });

  it('keeps nothing of the frame in which it came', () => {
    const frame = new Uint8Array(1024 * 1024);
    const slices: KeyRange = { from: frame.subarray(10, 12), to: frame.subarray(20, 23) };
    const { range: kept } = selectionOf({ ...everything, kind: 'keys', range: slices }).target;
    expect(kept).toEqual(slices);
    expect(kept.from.buffer.byteLength).toBe(2);
    expect(typeof kept.to === 'string' ? kept.to : kept.to.buffer.byteLength).toBe(3);
  });

  it.each(['l', 'größe', '\u{1f512}', '\u7fff', 'a\x00'])('finds %j by its UTF-8', (name) => {
    const only = { ...everything, kind: 'counters', range: { from: utf8Bytes(name), to: 'single' } } as const;
    const eventOf = (counter: string) => new CounterEvent(1 as Revision, counter, 1n, 0n);
    expect(selects(selectionOf(only), eventName(eventOf(name)))).toBe(true);
    expect(selects(selectionOf(only), eventName(eventOf(`${name}.`)))).toBe(false);
  });
});
