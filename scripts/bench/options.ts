import { Command, InvalidArgumentError, Option } from 'commander';
import { wholeNumber } from '../number-words.ts';
import { type ScenarioName, scenarioNames } from './load.ts';
import { type Row, table } from './table.ts';

export interface BenchOptions {
  readonly scenario: ScenarioName;
  readonly clients: number;
  readonly connections: number;
  readonly ops?: number;
  readonly seconds: number;
  readonly valueSize: number;
  readonly keys?: number;
  readonly warmUp: number;
  readonly nodes: 1 | 3 | 5;
  readonly endpoints?: string;
  readonly against?: 'etcd';
  readonly curves: boolean;
  /** Keys. */
  readonly size?: number;
  readonly rows: readonly Row[];
  readonly pairs: number;
  readonly npmEtcd3: boolean;
  readonly trials: number;
  readonly plot?: string;
  readonly profile?: string;
  readonly json: boolean;
}

export const benchCommand = new Command('bench')
  .description(
    'Closed-loop load through the SDK on a cluster of processes with fsync on: one scenario, or all of them side by side with a peer.',
  )
  .addOption(new Option('--scenario <name>', 'what to do').choices(scenarioNames).default('put'))
  .option('--clients <n>', 'closed-loop clients (watchers in watch)', wholeNumber(1), 64)
  .option('--connections <n>', 'TCP connections shared by the clients', wholeNumber(1), 16)
  .option('--ops <n>', 'operations to measure at most (default: as many as the time allows)', wholeNumber(1))
  .option('--seconds <n>', 'time to measure', wholeNumber(1), 5)
  .option('--value-size <bytes>', 'bytes per value', wholeNumber(1), 256)
  .option(
    '--keys <n>',
    'with put: keys that are there before, and are overwritten (default: each put makes one)',
    wholeNumber(1),
  )
  .option('--warm-up <ms>', 'unmeasured load before', wholeNumber(1), 5_000)
  .option('--nodes <1|3|5>', 'size of the cluster', clusterSize, 3)
  .option('--endpoints <list>', 'a running cluster, HOST:PORT,… instead of one of its own')
  .option('--profile <directory>', 'write CPU profiles of all nodes and of the load there')
  .addOption(new Option('--against <peer>', 'the whole table, each scenario in turn on both').choices(['etcd']))
  .option('--curves', 'what larger clusters, longer values, more keys, watchers and sessions cost', false)
  .option(
    '--size <keys>',
    'memory, stalls, checkpoints and time of restart with so many keys, on three nodes',
    wholeNumber(1),
  )
  .addOption(
    new Option('--rows <names>', `with --against: only these of ${table.map(({ name }) => name).join(', ')}`)
      .argParser(rowsNamed)
      .default(table, 'all'),
  )
  .option('--pairs <n>', 'with --against: so many measurements of each', wholeNumber(1), 5)
  .option('--npm-etcd3', 'with --against: locks also through the npm package etcd3, which is fetched for it', false)
  .option('--trials <n>', 'with --against: so many kills of a leader', wholeNumber(1), 10)
  .option('--plot <file>', 'with --against: draw throughput against latency by number of clients (SVG)')
  .option('--json', 'the last line is the result as JSON', false)
  .addHelpText(
    'after',
    '\n--against etcd needs the etcd server, and Go with golang-etcd-server-dev (Debian) to build its load generator.',
  );

function clusterSize(text: string): 1 | 3 | 5 {
  if (text === '1' || text === '3' || text === '5') return Number(text) as 1 | 3 | 5;
  throw new InvalidArgumentError('1, 3 or 5');
}

function rowsNamed(text: string): readonly Row[] {
  return text.split(',').map((name) => {
    const row = table.find((candidate) => candidate.name === name);
    if (row === undefined) throw new InvalidArgumentError(`no row ${name}`);
    return row;
  });
}
