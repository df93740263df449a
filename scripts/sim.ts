// The whole cluster in a simulated world, from a seed: `npm run sim -- --help`.
import { randomInt } from 'node:crypto';
import pc from 'picocolors';
import { overdueMarkers } from '../src/testing/simulation/coverage-rates.ts';
import { largestSeed } from '../src/testing/simulation/run-plan.ts';
import { runPlan, runSimulation, type SimulationReport } from '../src/testing/simulation/run-simulation.ts';
import { brokenRun, SweepTotals } from '../src/testing/simulation/sweep.ts';
import { abortedOnInterrupt } from './interrupt.ts';
import { readPlanFile, runCorpus } from './sim/corpus.ts';
import { runAllMutants } from './sim/mutants.ts';
import { defaultSeeds, overridesOf, parseOptions, repeatCommand, type SimOptions } from './sim/options.ts';
import { runRecipesOf } from './sim/recipes.ts';
import { printReplay, traceLines } from './sim/replay.ts';
import { shrinkAndKeep } from './sim/shrink-failure.ts';
import { groupFailures, jsonSummary, printFailures, printSummary, progressLine } from './sim/summary.ts';
import { sweepInProcesses } from './sim/sweep-in-processes.ts';

const progressMs = 5_000;

type ExitCode = 0 | 1;

async function main(options: SimOptions): Promise<ExitCode> {
  const { seed, seeds, minutes, plan, mutants } = options;
  if (mutants !== undefined) return (await runAllMutants(options)) ? 0 : 1;
  if (options.recipes !== undefined) return (await runRecipesOf(options)) ? 0 : 1;
  if (plan !== undefined) return replayPlan(plan, options);
  if (seed !== undefined && seeds === undefined && minutes === undefined) return replaySeed(seed, options);
  return sweepMany(options);
}

function replaySeed(seed: number, options: SimOptions): ExitCode {
  const overrides = overridesOf(options);
  const report = runSimulation(seed, { overrides, traceLines: traceLines(options.verbose), eventHashes: true });
  return finishReplay(report, options);
}

function replayPlan(path: string, options: SimOptions): ExitCode {
  const { plan, shows, violates } = readPlanFile(path);
  if (shows !== undefined) console.log(`shows: ${shows}`);
  if (violates !== undefined) console.log(`violated once: ${violates}`);
  return finishReplay(runPlan(plan, { traceLines: traceLines(options.verbose), eventHashes: true }), options);
}

function finishReplay(report: SimulationReport, { verbose, json }: SimOptions): ExitCode {
  const broken = printReplay(report, verbose);
  if (json) {
    const { events, virtualMs, faults, coverage, seed } = report;
    const failures = broken ? [{ seed, invariant: '', detail: '' }] : [];
    // How long a run with a trace takes says nothing about speed.
    const result = { runs: 1, events, virtualMs, wallMs: 0, cpuMs: 0, faults, coverage, failures };
    console.log(JSON.stringify(jsonSummary(result)));
  }
  return broken ? 1 : 0;
}

async function sweepMany(options: SimOptions): Promise<ExitCode> {
  const corpusIsClean = runPastFailures();
  const seeds = options.seeds ?? (options.minutes === undefined ? defaultSeeds : Number.POSITIVE_INFINITY);
  const firstSeed = options.seed ?? drawFirstSeed(seeds);
  console.log(`${describeAmount(options, seeds)} from seed ${firstSeed}, ${options.jobs} processes`);
  const totals = new SweepTotals();
  const startedMs = performance.now();
  const elapsedMs = (): number => performance.now() - startedMs;
  const progress = setInterval(() => console.log(pc.dim(progressLine(totals, elapsedMs()))), progressMs);
  const { jobs, keepGoing, minutes = Number.POSITIVE_INFINITY } = options;
  const interrupted = abortedOnInterrupt();
  const isOver = (): boolean => interrupted.aborted || elapsedMs() > 60_000 * minutes;
  try {
    const upTo = Math.min(seeds, largestSeed + 1 - firstSeed);
    const overrides = overridesOf(options);
    await sweepInProcesses({ firstSeed, seeds: upTo, overrides, jobs, keepGoing, isOver }, totals);
  } finally {
    clearInterval(progress);
  }
  const sweepMs = elapsedMs();
  if (totals.failures.length > 0) showFailures(totals, options);
  printSummary(totals, sweepMs);
  const overdue = overdueMarkers(totals.coverage, totals.runs);
  if (totals.failures.length === 0) console.log(pc.green('no promise was broken'));
  else console.log(pc.red(`${totals.failures.length} of ${totals.runs} runs broke a promise`));
  if (options.json) console.log(JSON.stringify(jsonSummary(totals)));
  return corpusIsClean && totals.failures.length === 0 && overdue.length === 0 ? 0 : 1;
}

/** With room for so many. */
function drawFirstSeed(seeds: number): number {
  return randomInt(Number.isFinite(seeds) ? largestSeed + 2 - seeds : 2 ** 31);
}

function describeAmount({ minutes }: SimOptions, seeds: number): string {
  const time = minutes === undefined ? '' : `${minutes} minutes`;
  const runs = Number.isFinite(seeds) ? `${seeds} runs` : '';
  return [runs, time].filter((part) => part !== '').join(', at most ');
}

/** @returns whether none fails again */
function runPastFailures(): boolean {
  const results = runCorpus();
  const failed = results.filter(({ report }) => report.violation !== undefined);
  console.log(`${results.length} plans of past failures: ${failed.length} fail`);
  for (const { entry, report } of failed) {
    console.log(pc.red(`${entry.name} violates: ${report.violation?.invariant}`));
    console.log(`  ${report.violation?.detail}`);
    console.log(`  ${pc.bold(`npm run sim -- --plan ${entry.path}`)}`);
  }
  return failed.length === 0;
}

/** Shrinks the first failing run of each invariant. */
function showFailures({ failures }: SweepTotals, options: SimOptions): void {
  const { shrink, shrinkSeconds } = options;
  const overrides = overridesOf(options);
  for (const group of groupFailures(failures)) {
    const { seed, invariant } = group.first;
    printFailures(group);
    console.log(`repeat with: ${pc.bold(repeatCommand(seed, options))}`);
    if (shrink && invariant !== brokenRun) shrinkAndKeep(runSimulation(seed, { overrides }), 1000 * shrinkSeconds);
  }
}

try {
  process.exitCode = await main(parseOptions(process.argv));
} catch (error) {
  console.error(pc.red(error instanceof Error ? error.message : String(error)));
  process.exitCode = 1;
}
