// Every state of the real protocol code within small bounds: `npm run explore -- --help`.
import { Command, InvalidArgumentError, Option } from 'commander';
import pc from 'picocolors';
import { type Exploration, explore } from '../src/testing/explorer/explore.ts';
import { highestOrdinal } from '../src/testing/explorer/input.ts';
import { markers } from '../src/testing/explorer/markers.ts';
import { describeScope, type Scope, type TimeScope } from '../src/testing/explorer/scope.ts';
import { defaultScopes, quickScopes, standardScopes } from '../src/testing/explorer/scopes.ts';
import type { Progress } from '../src/testing/explorer/search.ts';
import { positiveNumber, wholeNumber } from './number-words.ts';

const progressMs = 10_000;
const lowestBound = 0;
const defaultStates = 5_000_000;

interface Options {
  readonly model: 'consensus' | 'leases' | 'all';
  readonly quick?: boolean;
  readonly scope?: string;
  readonly minutes?: number;
  readonly states: number;
  readonly json?: boolean;
  readonly proposers?: number;
  readonly ballots?: number;
  readonly values?: number;
  readonly slots?: number;
  readonly crashes?: number;
  readonly steps?: number;
  readonly disk?: 'instant' | 'slow';
  readonly preVotes?: 'granted' | 'asked';
  readonly transfers?: boolean;
}

function scopeName(text: string): string {
  const names = standardScopes.map(({ name }) => name);
  if (!names.includes(text)) throw new InvalidArgumentError(`the scopes are: ${names.join('; ')}`);
  return text;
}

const ordinal = wholeNumber(lowestBound, highestOrdinal);
const bound = wholeNumber(lowestBound);

/** Each describes a scope of its own, with the others. */
const bounds = [
  'proposers',
  'ballots',
  'values',
  'slots',
  'crashes',
  'steps',
  'disk',
  'preVotes',
  'transfers',
] as const satisfies readonly (keyof Options)[];

const command = new Command('explore')
  .description(
    'Explores every state that three nodes, running the real protocol code, can reach within small bounds. ' +
      'Without a bound given, a list of scopes from small to large; with one, that scope alone.',
  )
  .addOption(new Option('--model <model>', 'what is modelled').choices(['consensus', 'leases', 'all']).default('all'))
  .option('--quick', 'only the scopes that the test suite explores')
  .addOption(
    new Option('--scope <name>', 'only the scope of that name')
      .argParser(scopeName)
      .conflicts(['quick', 'model', ...bounds]),
  )
  .option('--minutes <minutes>', 'stop after so long', positiveNumber)
  .option('--states <count>', 'stop in each scope after so many states', bound, defaultStates)
  .option('--json', 'the last line is one JSON object')
  .option('--proposers <count>', 'nodes that campaign', wholeNumber(1, 3))
  .option('--ballots <count>', 'rounds of ballots', wholeNumber(1, highestOrdinal))
  .option('--values <count>', 'values of clients', ordinal)
  .option('--slots <count>', 'slots that these may take', bound)
  .option('--crashes <count>', 'crashes, each followed by a restart', bound)
  .option('--steps <count>', 'steps of time (leases)', bound)
  .addOption(new Option('--disk <speed>', 'whether records stay under way').choices(['instant', 'slow']))
  .addOption(new Option('--pre-votes <how>', 'whether pre-votes are explored').choices(['granted', 'asked']))
  .option('--transfers', 'leaders may hand over');

function timeOf(time: TimeScope | undefined, steps: number | undefined): TimeScope | undefined {
  return time === undefined || steps === undefined ? time : { ...time, steps };
}

/** The scope that the options describe; undefined if they bound nothing. */
function givenScope(options: Options): Scope | undefined {
  const { proposers, ballots, values, slots, crashes, steps, disk, preVotes, transfers } = options;
  if (bounds.every((bound) => options[bound] === undefined)) return undefined;
  const base = options.model === 'leases' || steps !== undefined ? defaultScopes.leases : defaultScopes.consensus;
  return {
    ...base,
    name: 'given',
    proposers: proposers ?? base.proposers,
    rounds: ballots ?? base.rounds,
    proposals: values ?? base.proposals,
    slots: slots ?? base.slots,
    crashes: crashes ?? base.crashes,
    disk: disk ?? base.disk,
    preVotes: preVotes ?? base.preVotes,
    transfers: transfers ?? base.transfers,
    time: timeOf(base.time, steps),
  };
}

function scopesOf(options: Options): readonly Scope[] {
  const given = givenScope(options);
  if (given !== undefined) return [given];
  const scopes = options.quick === true ? quickScopes : standardScopes;
  if (options.scope !== undefined) return scopes.filter(({ name }) => name === options.scope);
  return scopes.filter(({ model }) => options.model === 'all' || model === options.model);
}

function count(value: number): string {
  return value.toLocaleString('en');
}

function showProgress(startedMs: number): (progress: Progress) => void {
  let shownMs = startedMs;
  return ({ states, depth }) => {
    const nowMs = performance.now();
    if (nowMs < shownMs + progressMs) return;
    shownMs = nowMs;
    console.log(pc.dim(`  ${count(states)} states, depth ${depth}, ${Math.round((nowMs - startedMs) / 1000)} s`));
  };
}

function print(exploration: Exploration): void {
  const { exhausted, states, transitions, depth, elapsedMs, statesPerSecond, transitionsPerSecond, violation } =
    exploration;
  const end = exhausted ? pc.green('exhausted') : pc.yellow('not exhausted');
  console.log(
    `  ${violation === undefined ? end : pc.red('stopped')}: ${count(states)} states, ${count(transitions)} transitions, depth ${depth}, ` +
      `${(elapsedMs / 1000).toFixed(1)} s, ${count(statesPerSecond)} states/s, ${count(transitionsPerSecond)} transitions/s`,
  );
  console.log(
    pc.dim(`  ${count(exploration.turns)} runs of the real code in ${count(exploration.nodeStates)} states of a node`),
  );
  if (violation === undefined) return;
  console.log(pc.red(`violated: ${violation.invariant}`));
  console.log(violation.detail);
  for (const line of violation.trace) console.log(line);
}

function run(options: Options): number {
  const startedMs = performance.now();
  const endMs = options.minutes === undefined ? Number.POSITIVE_INFINITY : startedMs + options.minutes * 60_000;
  const { states } = options;
  const explorations: Exploration[] = [];
  for (const scope of scopesOf(options)) {
    const nowMs = performance.now();
    console.log(`${pc.bold(scope.name)}: ${describeScope(scope)}`);
    if (nowMs >= endMs) {
      console.log(`  ${pc.yellow('not explored')}: the time is up`);
      continue;
    }
    const limits = { states, elapsedMs: endMs - nowMs };
    const exploration = explore(scope, limits, () => performance.now(), showProgress(nowMs));
    print(exploration);
    explorations.push(exploration);
    if (exploration.violation !== undefined) break;
  }
  const violation = explorations.find((exploration) => exploration.violation !== undefined)?.violation;
  const reached = markers.filter((marker) => explorations.some((exploration) => exploration.reached.includes(marker)));
  for (const marker of markers)
    console.log(`${reached.includes(marker) ? pc.green('reached') : pc.yellow('never  ')} ${marker}`);
  const total = explorations.reduce((sum, exploration) => sum + exploration.states, 0);
  const elapsedMs = performance.now() - startedMs;
  const perSecond = Math.round((1000 * total) / elapsedMs);
  const exhausted = explorations.filter((exploration) => exploration.exhausted).length;
  console.log(
    `${count(total)} states in ${(elapsedMs / 1000).toFixed(1)} s, ${count(perSecond)} states/s; ${exhausted} scopes exhausted`,
  );
  console.log(violation === undefined ? pc.green('no promise was broken') : pc.red(`violated: ${violation.invariant}`));
  if (options.json === true) {
    console.log(
      JSON.stringify({ states: total, elapsedMs, statesPerSecond: perSecond, violation, reached, explorations }),
    );
  }
  return violation === undefined ? 0 : 1;
}

process.exitCode = run(command.parse().opts<Options>());
