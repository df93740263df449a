import { availableParallelism } from 'node:os';
import { canary, control } from './canary.ts';
import { mutants } from './catalogue.ts';
import { explorerTrials } from './explorer-mutants.ts';
import { runNode } from './node-process.ts';
import { checkThatAllApply, PatchedCopy } from './patched-copy.ts';
import { recipeMutants } from './recipe-mutants.ts';
import { explorerTrial, recipeTrial, simulatorTrial, type Trial, type TrialResult } from './trials.ts';

/** Each bug is found in this time, or it counts as missed. */
const timeLimitMs = 5 * 60_000;

export interface MutantReport {
  readonly name: string;
  readonly meaning: string;
  readonly by: Trial['by'];
  /** Which invariant was violated; undefined if none. */
  readonly invariant: string | undefined;
  readonly detail: string | undefined;
  readonly seed: number | undefined;
  /** Seeds, the failing one included, or states of the explorer's model. */
  readonly tried: number;
  readonly seconds: number;
  /** Undefined: found, and for the right reason. Of the control: nothing was found. */
  readonly problem: string | undefined;
}

export interface RunMutantsOptions {
  /** Default: all, and the control. */
  readonly names?: readonly string[] | undefined;
  /** How many at a time; default one per processor, at most two. */
  readonly jobs?: number | undefined;
  readonly onProgress?: ((report: MutantReport) => void) | undefined;
}

const trials: readonly Trial[] = [
  ...[control, ...mutants].map(simulatorTrial),
  ...recipeMutants.map(recipeTrial),
  ...explorerTrials.map(explorerTrial),
];

export const mutantNames: readonly string[] = [...new Set(trials.map(({ bug }) => bug.name))];

const fewSeeds = 20;

const forExplorer: ReadonlySet<string> = new Set(explorerTrials.map(({ bug }) => bug.name));

/**
 * Of those that the simulator finds among few seeds, the ones that the explorer finds too, and every twelfth of the others; with the
 * control and the canary. All together take a quarter of an hour.
 */
export const quickMutantNames: readonly string[] = [
  control,
  canary,
  ...mutants
    .filter((bug) => bug.withinSeeds <= fewSeeds && bug !== canary)
    .filter(({ name }, at) => forExplorer.has(name) || at % 12 === 0),
].map(({ name }) => name);

/**
 * Plants each bug in a copy of the sources and lets the simulator, or the explorer, look for it there. The reports are in the
 * order of the catalogue.
 *
 * @throws if a bug can not be planted any more, or makes a program that does not run
 */
export function runMutants({ names, ...options }: RunMutantsOptions = {}): Promise<MutantReport[]> {
  for (const name of names ?? []) if (!mutantNames.includes(name)) throw new Error(`no mutant ${name}`);
  return runTrials(names === undefined ? trials : trials.filter(({ bug }) => names.includes(bug.name)), options);
}

/** The same for any bugs. */
export async function runTrials(
  chosen: readonly Trial[],
  { jobs, onProgress }: Omit<RunMutantsOptions, 'names'> = {},
): Promise<MutantReport[]> {
  await checkThatAllApply(chosen.map(({ bug }) => bug));
  const reports: MutantReport[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    const copy = await PatchedCopy.create();
    try {
      for (let at = next++; at < chosen.length; at = next++) {
        const trial = chosen[at] as Trial;
        const report = await copy.with(trial.bug, () => run(trial, copy.root));
        reports[at] = report;
        onProgress?.(report);
      }
    } finally {
      // If this one has thrown, nobody begins another.
      next = Number.POSITIVE_INFINITY;
      await copy.remove();
    }
  };
  const workers = Math.min(jobs ?? Math.min(2, availableParallelism()), chosen.length);
  const ends = await Promise.allSettled(Array.from({ length: workers }, work));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return reports;
}

async function run(trial: Trial, root: string): Promise<MutantReport> {
  const started = performance.now();
  const { output, code } = await runNode(root, trial.args, timeLimitMs);
  const result: TrialResult = code === 'timeout' ? nothing : trial.read(output, code);
  const { name, meaning } = trial.bug;
  return {
    name,
    meaning,
    by: trial.by,
    ...result,
    seconds: (performance.now() - started) / 1000,
    problem: code === 'timeout' ? `not found within ${timeLimitMs / 60_000} minutes` : trial.problemWith(result),
  };
}

const nothing: TrialResult = { invariant: undefined, detail: undefined, seed: undefined, tried: 0 };
