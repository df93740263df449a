import { determinismInvariant } from '../determinism.ts';
import type { FaultKind } from '../faults/fault-kinds.ts';
import { brokenRun, type SweepFailure } from '../sweep.ts';
import type { RecipeMark } from './marks.ts';
import { type RecipeReport, runRecipes } from './run-recipes.ts';
import type { RecipeName } from './scenarios.ts';
import { describeError } from './witness.ts';

/** A range of seeds. */
export interface RecipeSweepTask {
  readonly firstSeed: number;
  readonly runs: number;
  /** Drawn from the seeds if absent. */
  readonly recipe?: RecipeName | undefined;
  /** After a failing seed too; default: the first one ends the sweep. */
  readonly keepGoing?: boolean | undefined;
}

export interface RecipeSweepFailure extends SweepFailure {
  readonly recipe: RecipeName | undefined;
}

export interface RecipeSweepResult {
  readonly runs: number;
  readonly events: number;
  readonly virtualMs: number;
  readonly marks: ReadonlyMap<RecipeMark, number>;
  readonly faults: ReadonlyMap<FaultKind, number>;
  readonly failures: readonly RecipeSweepFailure[];
}

/** Every so many seeds one is run a second time: equal seeds must give equal runs. */
const repeatEvery = 20;

/** Runs seed after seed; every twentieth twice. `onSeed` is called before each. */
export async function sweepRecipes(
  { firstSeed, runs, recipe, keepGoing = false }: RecipeSweepTask,
  onSeed: (seed: number) => void = () => undefined,
): Promise<RecipeSweepResult> {
  const totals = { runs: 0, events: 0, virtualMs: 0 };
  const marks = new Map<RecipeMark, number>();
  const faults = new Map<FaultKind, number>();
  const failures: RecipeSweepFailure[] = [];
  for (let seed = firstSeed; seed < firstSeed + runs && (keepGoing || failures.length === 0); seed++) {
    onSeed(seed);
    totals.runs += 1;
    try {
      const report = await runRecipes(seed, { recipe });
      const violation = report.violation ?? (seed % repeatEvery === 0 ? await notRepeatable(report) : undefined);
      if (violation !== undefined) failures.push({ seed, recipe: report.recipe, ...violation });
      totals.events += report.events;
      totals.virtualMs += report.virtualMs;
      for (const [mark, times] of report.marks) marks.set(mark, (marks.get(mark) ?? 0) + times);
      for (const [kind, times] of report.faults) faults.set(kind, (faults.get(kind) ?? 0) + times);
    } catch (error) {
      failures.push({ seed, recipe, invariant: brokenRun, detail: describeError(error) });
    }
  }
  return { ...totals, marks, faults, failures };
}

async function notRepeatable({ seed, recipe, traceHash, events }: RecipeReport) {
  const again = await runRecipes(seed, { recipe });
  if (again.traceHash === traceHash) return undefined;
  return { invariant: determinismInvariant, detail: `${events} events, then ${again.events}` };
}
