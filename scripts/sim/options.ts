import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import { type ConfigOverrides, lightRun } from '../../src/testing/simulation/config.ts';
import { type RecipeName, recipeNames } from '../../src/testing/simulation/recipes/scenarios.ts';
import { largestSeed } from '../../src/testing/simulation/run-plan.ts';
import { positiveNumber, wholeNumber } from '../number-words.ts';

export interface SimOptions {
  readonly seeds?: number;
  readonly seed?: number;
  readonly minutes?: number;
  readonly nodes?: number;
  readonly light: boolean;
  readonly plan?: string;
  readonly mutants?: boolean | readonly string[];
  readonly recipes?: boolean | readonly RecipeName[];
  readonly keepGoing: boolean;
  readonly shrink: boolean;
  readonly shrinkSeconds: number;
  readonly jobs: number;
  readonly json: boolean;
  readonly verbose: boolean;
}

/** What they may fix in each run. */
export interface FixedOptions {
  readonly nodes?: number | undefined;
  readonly light: boolean;
}

/** Without a word about how many. */
export const defaultSeeds = 1_000;

export const simCommand = new Command('sim')
  .description(
    [
      'The whole cluster in a simulated world. Each run is decided by its seed: some faults, some load, then recovery, then',
      'judgement over all that clients have seen. Without options: 1,000 runs from a drawn seed.',
    ].join('\n'),
  )
  .option('--seeds <count>', 'sweep so many seeds, on all cores', wholeNumber(1))
  .option(
    '--seed <number>',
    'the first seed (default: drawn); alone: run this one and print the end of its trace',
    wholeNumber(0, largestSeed),
  )
  .option('--minutes <number>', 'sweep until the time is over', positiveNumber)
  .option('--nodes <3|5>', 'size of the cluster (default: drawn from the seed)', clusterSize)
  .option('--light', 'each run is short and has few calls', false)
  .option('--plan <file>', 'run a plan that was written by an earlier sweep')
  .option('--mutants [names...]', 'plant bugs, all or these, and expect that each is found')
  .option('--recipes [names...]', 'programs over the recipes, all or these, on one core (default: 100 seeds of each)')
  .option('--keep-going', 'do not stop at the first failing seed', false)
  .option('--no-shrink', 'leave a failing run as it is')
  .option('--shrink-seconds <number>', 'how long to look for a smaller failing run', positiveNumber, 60)
  .option('--jobs <count>', 'how many processes', wholeNumber(1), availableParallelism())
  .option('--json', 'the last line is the result as JSON', false)
  .option('--verbose', 'all of the trace, not its end', false)
  .addHelpText(
    'after',
    [
      '',
      'One core does so many events a second: events / seconds that its process was busy, by the clock on the wall. An event is a step',
      'of a replica or of an SDK client core, or a completion of a disk; steps that end a turn are not counted.',
      '',
      'Exit code: 0, or 1 if a promise was broken, or if something that should sometimes happen never did in a sweep long enough.',
    ].join('\n'),
  )
  .allowExcessArguments(false);

/** @throws Error if they contradict each other */
export function parseOptions(argv: readonly string[]): SimOptions {
  const options = simCommand.parse(argv).opts<SimOptions>();
  const { plan, mutants, seed: firstSeed = 0, seeds = 1 } = options;
  const modes = [plan, mutants, options.seeds ?? options.minutes].filter((value) => value !== undefined);
  if (modes.length > 1) simCommand.error('--plan, --mutants and a sweep (--seeds, --minutes) exclude each other');
  const isOfClusters = options.light || [plan, mutants, options.nodes].some((value) => value !== undefined);
  if (options.recipes !== undefined && isOfClusters) {
    simCommand.error('--recipes excludes --plan, --mutants, --nodes and --light');
  }
  const unknown = Array.isArray(options.recipes)
    ? options.recipes.find((name) => !recipeNames.includes(name))
    : undefined;
  if (unknown !== undefined) simCommand.error(`no recipe '${unknown}' in the simulator: ${recipeNames.join(', ')}`);
  const isFixed = options.light || [options.seed, options.nodes].some((value) => value !== undefined);
  if (plan !== undefined && isFixed) simCommand.error('a plan has its own seed, nodes and calls');
  // Without a first seed, one is drawn that leaves room.
  if (firstSeed + seeds - 1 > largestSeed) {
    simCommand.error(`seeds end at ${largestSeed}: ${seeds} from ${firstSeed} on are too many`);
  }
  return options;
}

export function overridesOf({ nodes, light }: FixedOptions): ConfigOverrides {
  return { ...(light ? lightRun : {}), nodes };
}

/** The command that runs one seed again. */
export function repeatCommand(seedOfRun: number, { nodes, light }: FixedOptions): string {
  return [
    `npm run sim -- --seed ${seedOfRun}`,
    ...(nodes === undefined ? [] : [`--nodes ${nodes}`]),
    ...(light ? ['--light'] : []),
  ].join(' ');
}

function clusterSize(text: string): 3 | 5 {
  if (text === '3') return 3;
  if (text === '5') return 5;
  throw new InvalidArgumentError('3 or 5');
}
