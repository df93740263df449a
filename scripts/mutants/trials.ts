import type { ConfigOverrides } from '../../src/testing/simulation/config.ts';
import type { RecipeSweepTask } from '../../src/testing/simulation/recipes/sweep-recipes.ts';
import type { SweepTask } from '../../src/testing/simulation/sweep.ts';
import { control } from './canary.ts';
import type { ExplorerTrial } from './explorer-mutants.ts';
import type { Mutant, PlantedBug } from './mutant.ts';
import type { RecipeMutant } from './recipe-mutants.ts';
import type { WorkerResult } from './worker.ts';

/** What was found. */
export interface TrialResult {
  readonly invariant: string | undefined;
  readonly detail: string | undefined;
  readonly seed: number | undefined;
  readonly tried: number;
}

/** A planted bug, and a program that looks for it. */
export interface Trial {
  readonly bug: PlantedBug;
  readonly by: 'simulator' | 'recipes' | 'explorer';
  /** The program and its arguments. */
  readonly args: readonly string[];
  /** @throws if the program did not end as it should */
  read(output: string, code: number): TrialResult;
  /** Undefined: this is what was to be found. */
  problemWith(result: TrialResult): string | undefined;
}

const firstSeed = 1;

/** What takes time and finds little but failures to recover. */
const quickEnd: ConfigOverrides = { minority: 'healed' };

export function simulatorTrial(bug: Mutant): Trial {
  const { foundBy, focus: overrides, withinSeeds: runs, exactlyAtSeed } = bug;
  const task: SweepTask = { firstSeed, runs, overrides: bug === control ? overrides : { ...quickEnd, ...overrides } };
  return {
    bug,
    by: 'simulator',
    args: ['scripts/mutants/worker.ts', JSON.stringify(task)],
    read: (output, code) => readFailure(bug, output, code),
    problemWith: ({ invariant, seed }) => {
      if (bug === control) return invariant === undefined ? undefined : 'found although there is no bug';
      if (invariant === undefined) return 'not found';
      if (!foundBy.includes(invariant)) return 'found by an invariant that it does not break';
      return exactlyAtSeed === undefined || seed === exactlyAtSeed ? undefined : `not found at seed ${exactlyAtSeed}`;
    },
  };
}

/** Programs over a recipe look for a bug in it. */
export function recipeTrial(bug: RecipeMutant): Trial {
  const { recipe, withinSeeds: runs, foundBy } = bug;
  const task: RecipeSweepTask = { firstSeed, runs, recipe };
  return {
    bug,
    by: 'recipes',
    args: ['scripts/mutants/recipe-worker.ts', JSON.stringify(task)],
    read: (output, code) => readFailure(bug, output, code),
    problemWith: ({ invariant }) => {
      if (invariant === undefined) return 'not found';
      return foundBy.includes(invariant) ? undefined : 'found by an invariant that it does not break';
    },
  };
}

function readFailure({ name }: PlantedBug, output: string, code: number): TrialResult {
  if (code !== 0) throw new Error(`with ${name}, the simulator ended with ${code}`);
  const { runs: tried, failure } = JSON.parse(output) as WorkerResult;
  return { invariant: failure?.invariant, detail: failure?.detail, seed: failure?.seed, tried };
}

/** As far as it is looked at: the last line of what the explorer prints. */
interface ExplorerResult {
  readonly states: number;
  readonly violation?: { readonly invariant: string; readonly detail: string };
}

export function explorerTrial({ bug, args }: ExplorerTrial): Trial {
  return {
    bug,
    by: 'explorer',
    args: ['scripts/explore.ts', '--json', ...args],
    read: (output, code) => {
      if (code !== 0 && code !== 1) throw new Error(`with ${bug.name}, the explorer ended with ${code}`);
      const { states, violation } = JSON.parse(output.trim().split('\n').at(-1) ?? '') as ExplorerResult;
      return { invariant: violation?.invariant, detail: violation?.detail, seed: undefined, tried: states };
    },
    problemWith: ({ invariant }) => (invariant === undefined ? 'not found' : undefined),
  };
}
