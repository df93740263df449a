import pc from 'picocolors';
import { type MutantReport, mutantNames, runMutants } from '../mutants/run-mutants.ts';
import type { SimOptions } from './options.ts';

/** Plants each bug and looks for it. @returns whether all were found, for the right reason */
export async function runAllMutants({ mutants, jobs, json }: SimOptions): Promise<boolean> {
  const names = Array.isArray(mutants) ? mutants : undefined;
  console.log(`planted bugs: ${names?.length ?? mutantNames.length}`);
  const reports = await runMutants({ names, jobs, onProgress: (report) => console.log(describe(report)) });
  const missed = reports.filter(({ problem }) => problem !== undefined);
  console.log(
    missed.length === 0 ? pc.green('each was found') : pc.red(`${missed.length} of ${reports.length} were not`),
  );
  if (json) console.log(JSON.stringify({ mutants: reports.length, missed: missed.map(({ name }) => name) }));
  return missed.length === 0;
}

function describe({ name, by, invariant, seed, tried, seconds, problem }: MutantReport): string {
  const where = seed === undefined ? '' : ` at seed ${seed}`;
  const what = problem === undefined ? pc.green('found') : pc.red(problem);
  const how = invariant === undefined ? '' : `: ${invariant}${where}`;
  return `${name.padEnd(42)} ${what} by the ${by}${how} ${pc.dim(`(${tried} tried, ${seconds.toFixed(1)} s)`)}`;
}
