import { test } from 'vitest';
import { expectCleanRuns, expectCoverage } from './clean-runs.ts';

test('700 simulated clusters keep every promise, and everything that should sometimes happen does happen', () => {
  expectCoverage(expectCleanRuns({ numRuns: 700, fcSeed: 1 }));
}, 600_000);
