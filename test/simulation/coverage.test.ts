import { expect, test } from 'vitest';
import { coverageMarkers } from '../../src/testing/simulation/coverage.ts';
import { sweep } from '../../src/testing/simulation/sweep.ts';

test('everything that should sometimes happen does happen within 250 seeds', () => {
  const { coverage, failure } = sweep({ firstSeed: 5_000, runs: 250, nodes: undefined, bug: undefined });
  expect(failure).toBeUndefined();
  const seen = new Map(coverage);
  expect(coverageMarkers.filter((marker) => seen.get(marker) === 0)).toEqual([]);
}, 120_000);
