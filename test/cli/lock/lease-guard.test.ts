import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LeaseGuard } from '../../../src/cli/lock/lease-guard.ts';

const active = (remainingMs: number) => ({ held: true, inJeopardy: false, remainingMs });
const jeopardy = (remainingMs: number) => ({ held: true, inJeopardy: true, remainingMs });

function actions(guard: LeaseGuard, readings: readonly Parameters<LeaseGuard['observe']>[0][]): string[] {
  return readings.map((reading) => guard.observe(reading).action);
}

describe('while the service answers', () => {
  test('nothing happens, however little remains', () => {
    const guard = new LeaseGuard();
    expect(actions(guard, [active(10_000), active(100), active(1)])).toEqual(['none', 'none', 'none']);
    expect(guard.lost).toBe(false);
  });

  test('a lock that is known not to be held any more kills at once', () => {
    const guard = new LeaseGuard();
    expect(guard.observe({ held: false, inJeopardy: false, remainingMs: 0 }).action).toBe('kill');
    expect(guard.lost).toBe(true);
  });
});

describe('in jeopardy', () => {
  test('TERM comes when half of what remained has passed, KILL when a tenth is left', () => {
    const guard = new LeaseGuard();
    expect(actions(guard, [jeopardy(6_000), jeopardy(3_001)])).toEqual(['none', 'none']);
    expect(guard.lost).toBe(false);
    expect(actions(guard, [jeopardy(3_000), jeopardy(2_000), jeopardy(601), jeopardy(600), jeopardy(0)])).toEqual([
      'terminate',
      'none',
      'none',
      'kill',
      'none',
    ]);
    expect(guard.lost).toBe(true);
  });

  test('an answer in time undoes it, and the next jeopardy is measured anew', () => {
    const guard = new LeaseGuard();
    expect(actions(guard, [jeopardy(6_000), jeopardy(3_500), active(10_000)])).toEqual(['none', 'none', 'none']);
    expect(actions(guard, [jeopardy(2_000), jeopardy(1_100), jeopardy(1_000)])).toEqual(['none', 'none', 'terminate']);
  });

  test('an answer after TERM stops the KILL, but the lock counts as lost', () => {
    const guard = new LeaseGuard();
    expect(actions(guard, [jeopardy(1_000), jeopardy(500), active(10_000), active(50)])).toEqual([
      'none',
      'terminate',
      'none',
      'none',
    ]);
    expect(guard.lost).toBe(true);
  });

  test('after a stall that outlasted the lease there is no time for TERM', () => {
    const guard = new LeaseGuard();
    expect(actions(guard, [active(9_000), { held: false, inJeopardy: true, remainingMs: 0 }])).toEqual([
      'none',
      'kill',
    ]);
  });

  test('whenever one looks when told to, TERM comes before KILL and both before the end', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 86_400_000 }),
        fc.double({ min: 0, max: 5, noNaN: true }),
        (leaseMs, lateMs) => {
          const guard = new LeaseGuard();
          const seen: { action: string; remainingMs: number }[] = [];
          let remainingMs = leaseMs;
          while (remainingMs > 0) {
            const { action, nextCheckMs } = guard.observe(jeopardy(remainingMs));
            if (action !== 'none') seen.push({ action, remainingMs });
            if (action === 'kill') break;
            // The longest pauses are of no interest: time flies until the next threshold is near.
            const idle = guard.lost ? leaseMs / 10 : leaseMs / 2;
            remainingMs -= Math.max(nextCheckMs + lateMs, remainingMs - idle - 1_000);
          }
          expect(seen.map(({ action }) => action)).toEqual(['terminate', 'kill']);
          expect(seen[0]?.remainingMs).toBeLessThanOrEqual(leaseMs / 2);
        },
      ),
    );
  });
});
