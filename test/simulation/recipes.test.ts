import { beforeAll, describe, expect, test } from 'vitest';
import { recipeMutants } from '../../scripts/mutants/recipe-mutants.ts';
import { type MutantReport, runMutants } from '../../scripts/mutants/run-mutants.ts';
import { type RecipeMark, recipeMarks } from '../../src/testing/simulation/recipes/marks.ts';
import { runRecipes } from '../../src/testing/simulation/recipes/run-recipes.ts';
import { type RecipeName, recipeNames } from '../../src/testing/simulation/recipes/scenarios.ts';
import { type RecipeSweepResult, sweepRecipes } from '../../src/testing/simulation/recipes/sweep-recipes.ts';

/** Of each recipe; `npm run sim -- --recipes` makes as many more as one likes. */
const seeds = { firstSeed: 41, runs: 2 };

/** So rare that a few runs may go without them. */
const rareMarks: ReadonlySet<RecipeMark> = new Set([
  'task gone to the dead letters',
  'barrier broken',
  'latch broken',
  'lease lost',
  'member crashed',
  'counted, or not: nobody knows',
]);

describe('programs that die, are paused and cut off, on nodes that are', () => {
  const results = new Map<RecipeName, RecipeSweepResult>();

  beforeAll(async () => {
    for (const recipe of recipeNames) results.set(recipe, await sweepRecipes({ ...seeds, recipe }));
  }, 300_000);

  test.each(recipeNames)('%s keeps its promises', (recipe) => {
    const { runs, failures = [] } = results.get(recipe) ?? {};
    const repeated = failures.map((one) => `npm run sim -- --recipes ${recipe} --seed ${one.seed}: ${one.invariant}`);
    expect(repeated).toEqual([]);
    expect(runs).toBe(seeds.runs);
  });

  test('what should sometimes happen has happened', () => {
    const seen = new Set([...results.values()].flatMap(({ marks }) => [...marks.keys()]));
    expect(recipeMarks.filter((mark) => !seen.has(mark) && !rareMarks.has(mark))).toEqual([]);
  });
});

test('equal seeds give equal runs, event by event', async () => {
  const [once, again] = [await runRecipes(3, { eventHashes: true }), await runRecipes(3, { eventHashes: true })];
  expect(once.events).toBeGreaterThan(1_000);
  expect(again).toEqual(once);
}, 30_000);

/** `npm run sim -- --mutants` looks for all of them. */
const soonFound = recipeMutants.filter(({ withinSeeds }) => withinSeeds <= 20).map(({ name }) => name);

describe('bugs that are planted in recipes are found', () => {
  let reports: readonly MutantReport[] = [];
  beforeAll(async () => {
    reports = await runMutants({ names: soonFound });
  }, 300_000);

  test('in several of them', () => {
    const recipes = recipeMutants.filter(({ name }) => soonFound.includes(name)).map(({ recipe }) => recipe);
    expect(new Set(recipes).size).toBeGreaterThanOrEqual(4);
  });

  test.each(soonFound)('%s', (name) => {
    const problems = reports.filter((report) => report.name === name).map(({ problem }) => problem);
    expect(problems).toEqual([undefined]);
  });
});
