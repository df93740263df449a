import { test } from 'vitest';
import { expectCleanRuns } from './clean-runs.ts';

test('500 simulated clusters of three nodes keep every promise', () => {
  expectCleanRuns({ numRuns: 500, fcSeed: 3, nodes: 3, light: true });
}, 600_000);
