import fc from 'fast-check';
import { expect } from 'vitest';
import { overridesOf, repeatCommand } from '../../scripts/sim/options.ts';
import { isRare, missingMarkers } from '../../src/testing/simulation/coverage-rates.ts';
import { faultKinds } from '../../src/testing/simulation/faults/fault-kinds.ts';
import { drawPlan, largestSeed } from '../../src/testing/simulation/run-plan.ts';
import { leastEvents } from '../../src/testing/simulation/run-simulation.ts';
import { SweepTotals, sweep } from '../../src/testing/simulation/sweep.ts';

/**
 * Every promise is kept, whatever the seed. Together, the files that call this make 1,500 runs; `npm run sim` makes as many more as
 * one likes.
 */
export function expectCleanRuns({
  numRuns,
  fcSeed,
  nodes,
  light = false,
}: {
  numRuns: number;
  fcSeed: number;
  nodes?: 3 | 5;
  light?: boolean;
}): SweepTotals {
  const fixed = { nodes, light };
  const overrides = overridesOf(fixed);
  const totals = new SweepTotals();
  fc.assert(
    fc.property(fc.integer({ min: 0, max: largestSeed }), (seed) => {
      const result = sweep({ firstSeed: seed, runs: 1, overrides });
      totals.add(result);
      const [failure] = result.failures;
      if (failure !== undefined) {
        const { invariant, detail } = failure;
        throw new Error(`${invariant}: ${detail}\n${repeatCommand(seed, fixed)}`);
      }
      // Beyond the budget, a run may be over early, or nothing of the cluster may be left.
      if (drawPlan(seed, overrides).config.budget !== 'within') return;
      expect(result.virtualMs).toBeGreaterThanOrEqual(10_000);
      expect(result.events).toBeGreaterThanOrEqual(leastEvents);
    }),
    // Even over all seeds, and a smaller seed is no simpler one.
    { seed: fcSeed, numRuns, unbiased: true, endOnFailure: true },
  );
  expect(totals.runs).toBe(numRuns);
  expect(leastEvents).toBe(5_000);
  return totals;
}

/** What should sometimes happen has happened. */
export function expectCoverage({ coverage, faults }: SweepTotals): void {
  expect(missingMarkers(coverage).filter((marker) => !isRare(marker))).toEqual([]);
  expect(faults.map(([kind]) => kind).sort()).toEqual([...faultKinds].sort());
}
