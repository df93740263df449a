import { expect, test } from 'vitest';
import { Coverage, coverageMarkers } from '../../src/testing/simulation/coverage.ts';
import { sweep } from '../../src/testing/simulation/sweep.ts';

/** `npm run sim` sweeps as many more as one likes. */
test('360 simulated clusters keep every promise, and everything that should sometimes happen does happen', () => {
  const coverage = new Coverage();
  for (const { nodes, runs } of [
    { nodes: 3, runs: 300 },
    { nodes: 5, runs: 60 },
  ]) {
    const result = sweep({ firstSeed: 1, runs, nodes, bug: undefined });
    expect(result.failure, `npm run sim -- --nodes ${nodes} --replay ${result.failure?.seed}`).toBeUndefined();
    coverage.add(result.coverage);
  }
  expect(coverageMarkers.filter((marker) => coverage.count(marker) === 0)).toEqual([]);
}, 180_000);
