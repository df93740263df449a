import { expect, test } from 'vitest';
import { runSimulation } from '../../src/testing/simulation/run-simulation.ts';

/** More seeds than here are swept by `npm run sim`. */
test.each([
  { nodes: 3, runs: 150 },
  { nodes: 5, runs: 50 },
])(
  '$runs simulated clusters of $nodes keep every promise',
  ({ nodes, runs }) => {
    for (let seed = 1; seed <= runs; seed++) {
      const { violation } = runSimulation(seed, { nodes });
      expect(violation, `npm run sim -- --replay ${seed} --nodes ${nodes}`).toBeUndefined();
    }
  },
  120_000,
);
