// Runs in a copy of the project in which a bug is planted: seed after seed, until one fails. Prints one line of JSON.
import { sweepRecipes } from '../../src/testing/simulation/recipes/sweep-recipes.ts';
import type { WorkerResult } from './worker.ts';

const { runs, failures } = await sweepRecipes(JSON.parse(process.argv[2] ?? ''));
const [failure] = failures;
const result: WorkerResult = { runs, failure };
process.stdout.write(`${JSON.stringify(result)}\n`);
