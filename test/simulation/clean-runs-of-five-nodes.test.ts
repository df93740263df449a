import { test } from 'vitest';
import { expectCleanRuns } from './clean-runs.ts';

test('300 simulated clusters of five nodes keep every promise', () => {
  expectCleanRuns({ numRuns: 300, fcSeed: 5, nodes: 5, light: true });
}, 600_000);
