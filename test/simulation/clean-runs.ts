import fc from 'fast-check';
import { expect } from 'vitest';
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
}: {
  numRuns: number;
  fcSeed: number;
  nodes?: 3 | 5;
}): SweepTotals {
  const totals = new SweepTotals();
  fc.assert(
    fc.property(fc.integer({ min: 0, max: largestSeed }), (seed) => {
      const result = sweep({ firstSeed: seed, runs: 1, nodes });
      totals.add(result);
      const [failure] = result.failures;
      if (failure !== undefined) {
        const override = nodes === undefined ? '' : ` --nodes ${nodes}`;
        const { invariant, detail } = failure;
        throw new Error(`${invariant}: ${detail}\nnpm run sim -- --seed ${seed}${override}`);
      }
      // Beyond the budget, a run may be over early, or nothing of the cluster may be left.
      if (drawPlan(seed, { nodes }).config.budget !== 'within') return;
      expect(result.virtualMs).toBeGreaterThanOrEqual(10_000);
      expect(result.events).toBeGreaterThanOrEqual(leastEvents);
    }),
    // Even over all seeds, and a smaller seed is no simpler one.
    { seed: fcSeed, numRuns, unbiased: true, endOnFailure: true },
  );
  expect(totals.runs).toBe(numRuns);
  return totals;
}

/** What should sometimes happen has happened. */
export function expectCoverage({ coverage, faults }: SweepTotals): void {
  expect(missingMarkers(coverage).filter((marker) => !isRare(marker))).toEqual([]);
  expect(faults.map(([kind]) => kind).sort()).toEqual([...faultKinds].sort());
}
