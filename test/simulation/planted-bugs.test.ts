import { expect, test } from 'vitest';
import { plantedBugs } from '../../src/testing/simulation/planted-bugs.ts';
import { runSimulation } from '../../src/testing/simulation/run-simulation.ts';

test.each(plantedBugs)(
  'a planted bug is found: $name',
  (bug) => {
    const found: string[] = [];
    for (let seed = 1; seed <= bug.withinSeeds && found.length === 0; seed++) {
      const { violation } = runSimulation(seed, { bug });
      if (violation !== undefined) found.push(violation.invariant);
    }
    expect(found, bug.meaning).toHaveLength(1);
  },
  60_000,
);

test('a planted bug is gone after its run', () => {
  for (const bug of plantedBugs) if (bug.install !== undefined) runSimulation(1, { bug });
  expect(runSimulation(1).violation).toBeUndefined();
});
