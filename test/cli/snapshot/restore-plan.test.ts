import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { UsageFailure } from '../../../src/cli/failure.ts';
import { highestRevision } from '../../../src/cli/snapshot/highest-revision.ts';
import { planRestoration, type RestorationWish } from '../../../src/cli/snapshot/restore-plan.ts';
import { State } from '../../../src/machine/state.ts';

const nowMs = 1_764_380_000_000.5;
const clock = 1_764_380_000_000_500;

function revisionFor(backupRevision: number, wish: Partial<RestorationWish> = {}, atMs = nowMs): number {
  const header = { revision: backupRevision } as never;
  const whole = { revision: undefined, minRevision: undefined, raiseCounters: 0n, ...wish };
  return planRestoration({ state: new State(crc32), header }, whole, atMs).revision;
}

describe('the revision of a restored cluster', () => {
  test('is the highest of the three', () => {
    expect(revisionFor(17)).toBe(clock);
    expect(revisionFor(clock)).toBe(clock + 1);
    expect(revisionFor(clock + 5)).toBe(clock + 6);
    expect(revisionFor(17, { minRevision: clock - 1 })).toBe(clock);
    expect(revisionFor(17, { minRevision: clock + 9 })).toBe(clock + 9);
  });

  test('is above that of the backup, though the clock stands at the beginning of time', () => {
    expect(revisionFor(17, {}, 0)).toBe(18);
  });

  test('is the one that another member was given', () => {
    expect(revisionFor(17, { revision: 18 })).toBe(18);
    expect(() => revisionFor(17, { revision: 17 })).toThrow(UsageFailure);
  });

  test('leaves room above', () => {
    expect(revisionFor(highestRevision - 1)).toBe(highestRevision);
    expect(() => revisionFor(highestRevision)).toThrow(expect.objectContaining({ code: 'REVISION_TOO_HIGH' }));
    expect(() => revisionFor(1, {}, highestRevision)).toThrow(/is the clock right/);
  });
});
