import type { Mutant } from './mutant.ts';

/** Fails in one seed of a hundred and tells no lie about it: what reports it reports what it saw, and when. */
export const canary: Mutant = {
  name: 'canary',
  meaning: 'the simulator itself reports a violation in the seeds whose last two digits are 07',
  edits: [
    {
      file: 'src/testing/simulation/invariants/liveness.ts',
      find: '    world.nemesis.stop();',
      replace: [
        "    if (world.config.seed % 100 === 7) violated('the canary is alive', 'a seed that ends in 07');",
        '    world.nemesis.stop();',
      ].join('\n'),
    },
  ],
  foundBy: ['the canary is alive'],
  withinSeeds: 20,
  exactlyAtSeed: 7,
};

/** Nothing is planted: whatever is found here, the product or the runner is to blame for. */
export const control: Mutant = {
  name: 'control',
  meaning: 'no bug is planted',
  edits: [],
  foundBy: [],
  withinSeeds: 8,
};
