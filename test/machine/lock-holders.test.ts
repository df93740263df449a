import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { Acquisition } from '../../src/machine/acquisition.ts';
import { StateHash } from '../../src/machine/hash.ts';
import { LockHolders } from '../../src/machine/lock-holders.ts';
import { Locks } from '../../src/machine/locks.ts';
import type { Revision, Sequence, SessionId } from '../../src/wire/identifiers.ts';

function acquisition(askedRevision: number): Acquisition {
  const request = { names: ['s'], mode: 'permit', permits: 1_000_000, delayMs: 0, note: new Uint8Array(0) } as const;
  const owner = { sessionId: 1 as SessionId, sequence: askedRevision as Sequence };
  return { ...request, ...owner, hashA: 0, hashB: 0, askedRevision: askedRevision as Revision, token: askedRevision };
}

const steps = fc.array(fc.oneof(fc.constant('add' as const), fc.record({ remove: fc.nat() })), { maxLength: 60 });

test('holders are listed in the order in which they came, whoever of them goes', () => {
  const check = (given: readonly ('add' | { readonly remove: number })[]): void => {
    const holders = new LockHolders();
    const model: Acquisition[] = [];
    for (const [at, step] of given.entries()) {
      if (step === 'add') {
        const added = acquisition(at + 1);
        holders.add(added);
        model.push(added);
      } else {
        const [removed] = model.splice(step.remove % Math.max(1, model.length), 1);
        if (removed !== undefined) holders.remove(removed);
      }
      expect(holders.first).toBe(model[0]);
      expect(holders.count).toBe(model.length);
      expect([...holders.all()]).toEqual(model);
      expect(holders.list(2)).toEqual(model.slice(0, 2));
    }
  };
  fc.assert(fc.property(steps, check));
});

test('at the end of a session nobody searches all holders for each of its permits', () => {
  const locks = new Locks(new StateHash(), crc32);
  const { names, mode, permits, delayMs, note } = acquisition(0);
  for (let asked = 1; asked <= 1_000; asked++) {
    const [session, sequence] = [(1 + (asked % 2)) as SessionId, asked as Sequence];
    locks.acquire({ names, mode, permits, delayMs, note }, session, sequence, asked as Revision);
  }
  const searches = vi.spyOn(Array.prototype, 'indexOf');
  locks.endSession(1 as SessionId, 1_001 as Revision);
  const { length } = searches.mock.calls;
  searches.mockRestore();
  expect(length).toBe(0);
  expect(locks.nameCountOf(2 as SessionId)).toBe(500);
});

describe('broken use is found', () => {
  test('one that does not hold the lock', () => {
    const holders = new LockHolders();
    expect(() => holders.remove(acquisition(1))).toThrow('holds the lock');
    holders.add(acquisition(1));
    expect(() => holders.remove(acquisition(1))).toThrow('holds the lock');
  });

  test('a grant out of order', () => {
    const holders = new LockHolders();
    holders.add(acquisition(2));
    expect(() => holders.add(acquisition(1))).toThrow('in the order of asking');
  });
});
