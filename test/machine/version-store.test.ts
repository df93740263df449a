import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StateHash } from '../../src/machine/hash.ts';
import type { Hold } from '../../src/machine/holds.ts';
import { type VersionFields, VersionView } from '../../src/machine/version.ts';
import { hashVersion, type VersionId, VersionStore } from '../../src/machine/version-store.ts';
import { AssertionFailure } from '../../src/wire/assert.ts';
import type { Revision, SessionId } from '../../src/wire/identifiers.ts';

const number = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 2 ** 31, max: Number.MAX_SAFE_INTEGER }));
const fields = fc
  .record({
    keyString: fc.string({ maxLength: 8 }),
    value: fc.uint8Array({ maxLength: 100 }),
    createRevision: number,
    version: number,
    sessionId: number,
  })
  .map((drawn) => drawn as Omit<VersionFields, 'modRevision'>);

type Step = { readonly keep: Omit<VersionFields, 'modRevision'> } | { readonly forget: number } | 'hold' | 'release';
const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ keep: fields }) },
    { weight: 4, arbitrary: fc.record({ forget: fc.nat() }) },
    { weight: 1, arbitrary: fc.constantFrom('hold' as const, 'release' as const) },
  ),
  { maxLength: 200 },
);

/** Undefined: it fails. */
function shownBy(view: VersionView): VersionFields | undefined {
  try {
    const { keyString, value, createRevision, modRevision, version, sessionId } = view;
    return { keyString, value: value.slice(), createRevision, modRevision, version, sessionId };
  } catch (error) {
    if (error instanceof AssertionFailure) return undefined;
    throw error;
  }
}

test('a view shows what was kept, or fails: never what came to lie in the same place', () => {
  const check = (given: readonly Step[]): void => {
    const versions = new VersionStore();
    const kept: { id: VersionId; fields: VersionFields; view: VersionView; inUse: boolean }[] = [];
    const holds: Hold[] = [];
    let revision = 0;
    for (const step of given) {
      if (step === 'hold') {
        holds.push(versions.slots.hold(revision as Revision));
      } else if (step === 'release') {
        const hold = holds.shift();
        if (hold !== undefined) versions.slots.release(hold);
      } else if ('keep' in step) {
        revision += 1;
        const whole = { ...step.keep, modRevision: revision as Revision };
        const id = versions.keep(whole, crc32);
        kept.push({ id, fields: whole, view: new VersionView(versions, id, whole.keyString), inUse: true });
      } else {
        const living = kept.filter(({ inUse }) => inUse);
        const one = living[step.forget % Math.max(1, living.length)];
        if (one === undefined) continue;
        versions.forget(one.id);
        one.inUse = false;
      }
    }
    let gone = 0;
    for (const { id, fields: expected, view, inUse } of kept) {
      const shown = shownBy(view);
      if (shown === undefined) {
        expect(inUse).toBe(false);
        gone += 1;
        continue;
      }
      expect(shown).toEqual(expected);
      const hash = new StateHash();
      hashVersion(expected, crc32, hash);
      expect({ ...versions.hash(id) }).toEqual({ hashA: hash.hashA, hashB: hash.hashB });
    }
    expect(gone + versions.slots.size.slots).toBe(kept.length);
  };
  fc.assert(fc.property(steps, check), { numRuns: 300 });
});

describe('a version that is forgotten', () => {
  const one = {
    keyString: 'k',
    value: new Uint8Array(20),
    createRevision: 1 as Revision,
    version: 1,
    sessionId: 0 as SessionId,
  };

  test('cannot be forgotten again', () => {
    const versions = new VersionStore();
    const id = versions.keep({ ...one, modRevision: 1 as Revision }, crc32);
    versions.keep({ ...one, modRevision: 2 as Revision }, crc32);
    versions.forget(id);
    expect(() => versions.forget(id)).toThrow('kept');
  });

  test('does not show the one that has its place', () => {
    const versions = new VersionStore();
    const id = versions.keep({ ...one, modRevision: 1 as Revision }, crc32);
    const view = new VersionView(versions, id, 'k');
    versions.forget(id);
    const next = versions.keep({ ...one, modRevision: 2 as Revision }, crc32);
    expect(next).toBe(id);
    expect(() => view.value).toThrow('kept');
    expect(new VersionView(versions, next, 'k').modRevision).toBe(2);
  });
});
