import { Command, InvalidArgumentError, Option } from 'commander';
import {
  type ChaosFaultKind,
  chaosFaultKinds,
  faultFamilies,
  kindsNamed,
} from '../../src/testing/chaos/faults/fault-kinds.ts';
import { positiveNumber, wholeNumber } from '../number-words.ts';

export interface ChaosOptions {
  readonly minutes: number;
  /** Undefined: drawn. */
  readonly seed?: number;
  readonly nodes: 3 | 5;
  /** Undefined: those that suit the workload. */
  readonly faults?: readonly ChaosFaultKind[];
  readonly workload: 'mixed' | 'locks';
  readonly workers: number;
  readonly history?: string;
  readonly leastThroughput?: number;
  readonly json: boolean;
}

const usualWorkers = 5;
const mostWorkers = 50;

export const largestChaosSeed = 2 ** 32 - 1;

export const chaosCommand = new Command('chaos')
  .description(
    [
      'A cluster of real processes under load and real faults; then judgement over all that its clients have seen.',
      'The schedule of faults comes from the seed, and is printed.',
    ].join('\n'),
  )
  .option('--minutes <number>', 'how long', positiveNumber, 5)
  .option('--seed <number>', 'of the schedule and of the load (default: drawn)', wholeNumber(0, largestChaosSeed))
  .option('--nodes <3|5>', 'size of the cluster', clusterSize, 3)
  .option('--faults <names>', 'kinds or families of faults, separated by commas (default: all)', faultNames)
  .addOption(
    new Option(
      '--workload <name>',
      'mixed: everything the SDK offers; locks: contenders with sessions of 2 s, and faults of lock holders',
    )
      .choices(['mixed', 'locks'])
      .default('mixed'),
  )
  .option('--workers <count>', 'processes that use the cluster', wholeNumber(2, mostWorkers), usualWorkers)
  .option('--history <file>', 'write what clients saw, one JSON object per line')
  .option(
    '--least-throughput <n>',
    'operations per second that a calm must have, or else the 5 s after it (default: 20; locks: 2)',
    positiveNumber,
  )
  .option('--json', 'the last line is the result as JSON', false)
  .addHelpText(
    'after',
    [
      '',
      `Families of faults: ${faultFamilies.join(', ')}.`,
      `Kinds: ${chaosFaultKinds.join(', ')}.`,
      '',
      'What this machine lacks (strace, libfaketime, nft, mounts) is skipped and said. Every run leaves a timeline in chaos-runs/; a',
      'failing run also leaves its history, and the logs and data of its nodes.',
      '',
      'Exit code: 0, or 1 if a promise was broken, a fault did not fire, or a recovery took too long.',
    ].join('\n'),
  )
  .allowExcessArguments(false);

export function parseOptions(argv: readonly string[]): ChaosOptions {
  return chaosCommand.parse(argv).opts<ChaosOptions>();
}

/** The command that does the same again. */
export function repeatCommand(options: ChaosOptions, seedOfRun: number): string {
  const { minutes, nodes, faults, workload, workers, leastThroughput } = options;
  return [
    `npm run chaos -- --minutes ${minutes} --seed ${seedOfRun} --nodes ${nodes}`,
    ...(workload === 'mixed' ? [] : [`--workload ${workload}`]),
    ...(workers === usualWorkers ? [] : [`--workers ${workers}`]),
    ...(faults === undefined ? [] : [`--faults ${faults.join(',')}`]),
    ...(leastThroughput === undefined ? [] : [`--least-throughput ${leastThroughput}`]),
  ].join(' ');
}

function faultNames(text: string): readonly ChaosFaultKind[] {
  const kinds = new Set<ChaosFaultKind>();
  for (const name of text.split(',')) {
    const named = kindsNamed(name.trim());
    if (named === undefined) throw new InvalidArgumentError(`'${name}' is neither a kind nor a family of faults`);
    for (const kind of named) kinds.add(kind);
  }
  return [...kinds];
}

function clusterSize(text: string): 3 | 5 {
  if (text !== '3' && text !== '5') throw new InvalidArgumentError('3 or 5');
  return text === '3' ? 3 : 5;
}
