// The whole cluster in a simulated world, from a seed: `npm run sim -- --help`.
import { type ChildProcess, fork } from 'node:child_process';
import { randomInt } from 'node:crypto';
import Table from 'cli-table3';
import { Command, InvalidArgumentError } from 'commander';
import pc from 'picocolors';
import { plantedBug, plantedBugs } from '../src/testing/simulation/planted-bugs.ts';
import { runSimulation } from '../src/testing/simulation/run-simulation.ts';
import { type SweepFailure, type SweepResult, type SweepTask, sweep } from '../src/testing/simulation/sweep.ts';

const seedsPerTask = 20;
const progressMs = 5_000;
const failureLines = 60;

interface Options {
  readonly runs: number;
  readonly seed?: number;
  readonly nodes?: number;
  readonly bug?: string;
  readonly jobs: number;
  readonly verbose?: boolean;
  readonly replay?: number;
  readonly bugs?: boolean;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('not a whole number');
  return value;
}

function clusterSize(text: string): number {
  const value = wholeNumber(text);
  if (value !== 3 && value !== 5) throw new InvalidArgumentError('3 or 5');
  return value;
}

function bugName(text: string): string {
  if (plantedBug(text) === undefined) throw new InvalidArgumentError('no such planted bug; see --bugs');
  return text;
}

const command = new Command('sim')
  .description(
    'Runs the replicated service in a simulated world, one run per seed, and stops at the first broken promise.',
  )
  .option('--runs <count>', 'how many seeds', wholeNumber, 1_000)
  .option('--seed <number>', 'the first seed (default: drawn)', wholeNumber)
  .option('--nodes <3|5>', 'size of the cluster (default: drawn from the seed)', clusterSize)
  .option('--bug <name>', 'plant this bug, and expect that it is found', bugName)
  .option('--bugs', 'list the bugs that can be planted')
  .option('--jobs <count>', 'how many processes', wholeNumber, 2)
  .option('--replay <seed>', 'run one seed and print what happened', wholeNumber)
  .option('--verbose', 'with --replay, or on a failure: all of the trace, not its end');

/** In a worker: answers tasks until the parent ends it. */
function serve(): void {
  process.on('message', (task: SweepTask) => {
    process.send?.(sweep(task));
  });
}

function repeatCommand(seed: number, { nodes, bug }: Options): string {
  const rest = [nodes === undefined ? '' : ` --nodes ${nodes}`, bug === undefined ? '' : ` --bug ${bug}`];
  return `npm run sim -- --replay ${seed}${rest.join('')}`;
}

/** Prints the end of the trace. @returns whether a promise was broken */
function replay(seed: number, options: Options): boolean {
  const report = runSimulation(seed, {
    nodes: options.nodes,
    bug: options.bug === undefined ? undefined : plantedBug(options.bug),
    traceLines: options.verbose === true ? 10_000_000 : failureLines,
  });
  if (options.verbose === true) console.log(report.config);
  for (const line of report.trace) console.log(line);
  const hash = report.traceHash.toString(16).padStart(8, '0');
  console.log(
    pc.dim(`seed ${seed}: ${report.events} events, ${Math.round(report.virtualMs)} virtual ms, trace ${hash}`),
  );
  if (report.violation === undefined) return false;
  console.log(pc.red(`violated: ${report.violation.invariant}`));
  console.log(report.violation.detail);
  return true;
}

interface Totals {
  runs: number;
  events: number;
  virtualMs: number;
  readonly coverage: Map<string, number>;
  failure: SweepFailure | undefined;
}

function add(totals: Totals, result: SweepResult): void {
  totals.runs += result.runs;
  totals.events += result.events;
  totals.virtualMs += result.virtualMs;
  for (const [marker, times] of result.coverage)
    totals.coverage.set(marker, (totals.coverage.get(marker) ?? 0) + times);
  const { failure } = result;
  if (failure !== undefined && (totals.failure === undefined || failure.seed < totals.failure.seed))
    totals.failure = failure;
}

/** Deals out the seeds; stops dealing at the first failure. */
async function sweepInProcesses(options: Options, firstSeed: number, totals: Totals): Promise<void> {
  let dealt = 0;
  const nextTask = (): SweepTask | undefined => {
    if (totals.failure !== undefined || dealt >= options.runs) return undefined;
    const runs = Math.min(seedsPerTask, options.runs - dealt);
    const task = { firstSeed: firstSeed + dealt, runs, nodes: options.nodes, bug: options.bug };
    dealt += runs;
    return task;
  };
  const work = (worker: ChildProcess): Promise<void> =>
    new Promise((resolve, reject) => {
      const deal = (): void => {
        const task = nextTask();
        if (task === undefined) worker.disconnect();
        else worker.send(task);
      };
      worker.on('message', (result: SweepResult) => {
        add(totals, result);
        deal();
      });
      worker.on('error', reject);
      worker.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`a worker ended with ${code}`))));
      deal();
    });
  const workers = Array.from({ length: Math.max(1, options.jobs) }, () => fork(import.meta.filename, ['--worker']));
  await Promise.all(workers.map(work));
}

function speed({ runs, events, virtualMs }: Totals, elapsedMs: number): string {
  const perSecond = (1000 * runs) / elapsedMs;
  const faster = Math.round(virtualMs / elapsedMs);
  return `${perSecond.toFixed(1)} runs/s, ${Math.round((1000 * events) / elapsedMs)} events/s, ${faster} times real time`;
}

function printCoverage({ coverage }: Totals): void {
  const half = Math.ceil(coverage.size / 2);
  const rows = [...coverage].map(([marker, times]) => [marker, times === 0 ? pc.red('never') : String(times)]);
  const table = new Table({
    head: ['sometimes', 'times', 'sometimes', 'times'],
    style: { head: [], border: [], compact: true },
    colAligns: ['left', 'right', 'left', 'right'],
  });
  for (let at = 0; at < half; at++) table.push([...(rows[at] ?? []), ...(rows[at + half] ?? ['', ''])]);
  console.log(table.toString());
}

async function main(options: Options): Promise<number> {
  if (options.bugs === true) {
    for (const { name, meaning, withinSeeds } of plantedBugs) {
      console.log(`${name.padEnd(38)} ${meaning} ${pc.dim(`(within ${withinSeeds} seeds)`)}`);
    }
    return 0;
  }
  if (options.replay !== undefined) return replay(options.replay, options) ? 1 : 0;
  const firstSeed = options.seed ?? randomInt(2 ** 31);
  const totals: Totals = { runs: 0, events: 0, virtualMs: 0, coverage: new Map(), failure: undefined };
  const started = performance.now();
  console.log(`${options.runs} runs from seed ${firstSeed}, ${options.jobs} processes`);
  const progress = setInterval(() => {
    console.log(pc.dim(`${totals.runs} runs, ${speed(totals, performance.now() - started)}`));
  }, progressMs);
  try {
    await sweepInProcesses(options, firstSeed, totals);
  } finally {
    clearInterval(progress);
  }
  printCoverage(totals);
  console.log(`${totals.runs} runs: ${speed(totals, performance.now() - started)}`);
  const { failure } = totals;
  if (failure === undefined) {
    console.log(
      options.bug === undefined ? pc.green('no promise was broken') : pc.red('the planted bug was not found'),
    );
    return options.bug === undefined ? 0 : 1;
  }
  replay(failure.seed, options);
  console.log(`repeat with: ${pc.bold(repeatCommand(failure.seed, options))}`);
  return options.bug === undefined ? 1 : 0;
}

if (process.argv[2] === '--worker') {
  serve();
} else {
  process.exitCode = await main(command.parse().opts<Options>());
}
