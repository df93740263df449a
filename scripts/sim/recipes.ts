import { randomInt } from 'node:crypto';
import pc from 'picocolors';
import { recipeMarks } from '../../src/testing/simulation/recipes/marks.ts';
import { runRecipes } from '../../src/testing/simulation/recipes/run-recipes.ts';
import { type RecipeName, recipeNames } from '../../src/testing/simulation/recipes/scenarios.ts';
import { type RecipeSweepResult, sweepRecipes } from '../../src/testing/simulation/recipes/sweep-recipes.ts';
import type { SimOptions } from './options.ts';
import { traceLines } from './replay.ts';

const defaultRecipeSeeds = 100;
/** So many at a time when the time is limited. */
const roundSeeds = 5;
const progressMs = 10_000;

/** Programs over recipes, one seed after the other. @returns whether no promise was broken */
export async function runRecipesOf(options: SimOptions): Promise<boolean> {
  const { seed, seeds, minutes, verbose } = options;
  const names = Array.isArray(options.recipes) ? options.recipes : recipeNames;
  if (seed !== undefined && seeds === undefined && minutes === undefined) return await replay(names, seed, verbose);
  return await sweepAll(names, options);
}

async function replay(names: readonly RecipeName[], seed: number, verbose: boolean): Promise<boolean> {
  let isClean = true;
  for (const recipe of names) {
    const report = await runRecipes(seed, { recipe, traceLines: traceLines(verbose) });
    for (const line of report.trace) console.log(line);
    const hash = report.traceHash.toString(16).padStart(8, '0');
    console.log(
      pc.dim(
        `${recipe}, seed ${seed}: ${report.events} events, ${Math.round(report.virtualMs)} simulated ms, trace ${hash}`,
      ),
    );
    if (report.violation === undefined) continue;
    isClean = false;
    console.log(pc.red(`violated: ${report.violation.invariant}`));
    console.log(report.violation.detail);
  }
  if (isClean) console.log(pc.green('no promise was broken'));
  return isClean;
}

async function sweepAll(names: readonly RecipeName[], { seed, seeds, minutes, keepGoing }: SimOptions) {
  const firstSeed = seed ?? randomInt(2 ** 31);
  const endMs = performance.now() + 60_000 * (minutes ?? Number.POSITIVE_INFINITY);
  const upTo = seeds ?? (minutes === undefined ? defaultRecipeSeeds : Number.POSITIVE_INFINITY);
  console.log(`${names.join(', ')}: from seed ${firstSeed}`);
  const totals = { runs: 0, events: 0, virtualMs: 0, failures: 0 };
  const marks = new Map<string, number>();
  let nextProgressMs = performance.now() + progressMs;
  for (let done = 0; done < upTo && performance.now() < endMs; done += roundSeeds) {
    for (const recipe of names) {
      const runs = Math.min(roundSeeds, upTo - done);
      const result = await sweepRecipes({ firstSeed: firstSeed + done, runs, recipe, keepGoing });
      totals.runs += result.runs;
      totals.events += result.events;
      totals.virtualMs += result.virtualMs;
      totals.failures += result.failures.length;
      for (const [mark, times] of result.marks) marks.set(mark, (marks.get(mark) ?? 0) + times);
      showFailures(result);
    }
    if (totals.failures > 0 && !keepGoing) break;
    if (performance.now() < nextProgressMs) continue;
    nextProgressMs = performance.now() + progressMs;
    console.log(pc.dim(`${totals.runs} runs, ${Math.round(totals.virtualMs / 1_000)} simulated seconds`));
  }
  for (const mark of recipeMarks) console.log(`${String(marks.get(mark) ?? 'never').padStart(10)}  ${mark}`);
  console.log(
    `${totals.runs} runs: ${Math.round(totals.virtualMs / 1_000)} simulated seconds, ${totals.events} events`,
  );
  console.log(totals.failures === 0 ? pc.green('no promise was broken') : pc.red(`${totals.failures} runs broke one`));
  return totals.failures === 0;
}

function showFailures({ failures }: RecipeSweepResult): void {
  for (const { seed, recipe, invariant, detail } of failures) {
    console.log(pc.red(`violated: ${invariant}`));
    console.log(`  ${detail}`);
    console.log(`repeat with: ${pc.bold(`npm run sim -- --recipes ${recipe} --seed ${seed}`)}`);
  }
}
