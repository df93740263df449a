import { expect, test } from 'vitest';
import { coverageMarkers } from '../../../src/testing/simulation/coverage.ts';
import { missingMarkers, overdueMarkers } from '../../../src/testing/simulation/coverage-rates.ts';
import { runSimulation } from '../../../src/testing/simulation/run-simulation.ts';
import { brokenRun, SweepTotals, sweep } from '../../../src/testing/simulation/sweep.ts';

test('a sweep is the sum of its runs; what is run twice counts once', () => {
  const seeds: number[] = [];
  const result = sweep({ firstSeed: 19, runs: 3 }, (seed) => seeds.push(seed));
  expect(seeds).toEqual([19, 20, 21]);
  const reports = seeds.map((seed) => runSimulation(seed));
  const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
  expect(result.runs).toBe(3);
  expect(result.events).toBe(sum(reports.map(({ events }) => events)));
  expect(result.virtualMs).toBeCloseTo(sum(reports.map(({ virtualMs }) => virtualMs)));
  expect(sum(result.faults.map(([, begun]) => begun))).toBe(
    sum(reports.flatMap(({ faults }) => faults.map(([, begun]) => begun))),
  );
  expect(result.failures).toEqual([]);
});

test('a failing seed ends the sweep, unless it is to keep going', () => {
  // No seed is that large: its plan cannot be drawn.
  const task = { firstSeed: 2 ** 32, runs: 3 };
  const stopped = sweep(task);
  expect([stopped.runs, stopped.failures.map(({ seed }) => seed)]).toEqual([1, [2 ** 32]]);
  const all = sweep({ ...task, keepGoing: true });
  expect(all.failures.map(({ seed }) => seed)).toEqual([2 ** 32, 2 ** 32 + 1, 2 ** 32 + 2]);
  expect(all.failures[0]).toMatchObject({ invariant: brokenRun, detail: expect.stringContaining('a seed is') });
});

test('the sum lists failures by seed, in whatever order they come', () => {
  const totals = new SweepTotals();
  totals.add(sweep({ firstSeed: 2 ** 32 + 1, runs: 1 }));
  totals.add(sweep({ firstSeed: 2 ** 32, runs: 1 }));
  expect(totals.failures.map(({ seed }) => seed)).toEqual([2 ** 32, 2 ** 32 + 1]);
});

test('a mark is overdue only when luck is no excuse any more', () => {
  const hits = coverageMarkers.map((marker) => [marker, marker === 'crash' ? 0 : 1] as const);
  expect(missingMarkers(hits)).toEqual(['crash']);
  expect(overdueMarkers(hits, 100)).toEqual([]);
  expect(overdueMarkers(hits, 3_000)).toEqual(['crash']);
  expect(missingMarkers([])).toEqual(coverageMarkers);
});
