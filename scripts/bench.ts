/**
 * Closed-loop load through the SDK, by default on a three-process cluster of its own with fsync on.
 *
 *   npm run bench -- --scenario put --clients 64 --connections 16 --ops 40000
 */
import { Command, InvalidArgumentError, Option } from 'commander';
import { TestCluster } from '../src/testing/cluster/test-cluster.ts';
import { measure, type ScenarioName, scenarioNames } from './bench/scenarios.ts';

interface BenchOptions {
  readonly scenario: ScenarioName;
  readonly clients: number;
  readonly connections: number;
  readonly ops: number;
  readonly valueSize: number;
  readonly warmUp: number;
  readonly endpoints?: string;
  readonly json?: boolean;
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('a whole number from 1 on');
  return value;
}

const command = new Command('bench')
  .addOption(new Option('--scenario <name>', 'what to do').choices(scenarioNames).default('put'))
  .option('--clients <n>', 'closed-loop clients (watchers in watch)', positive, 64)
  .option('--connections <n>', 'TCP connections shared by the clients', positive, 16)
  .option('--ops <n>', 'operations to measure (puts in watch)', positive, 40_000)
  .option('--value-size <bytes>', 'bytes per value', positive, 256)
  .option('--warm-up <ms>', 'unmeasured load before', positive, 2_000)
  .option('--endpoints <list>', 'a running cluster, HOST:PORT,… instead of one of its own')
  .option('--json', 'nothing but the result');

command.parse();
const options = command.opts<BenchOptions>();
const say = (text: string): void => {
  if (options.json !== true) process.stderr.write(`${text}\n`);
};

const own = options.endpoints === undefined;
if (own) say('starting three nodes ...');
const cluster = own ? await TestCluster.start({ mode: 'processes', proxies: false }) : undefined;
try {
  const endpoints = cluster?.endpoints ?? options.endpoints?.split(',') ?? [];
  const { scenario, clients, ops, valueSize } = options;
  const connections = Math.min(options.connections, clients);
  say(`${scenario}: ${clients} clients on ${connections} connections, ${ops} operations`);
  const load = { scenario, endpoints, clients, connections, ops, valueSize, warmUpMs: options.warmUp };
  process.stdout.write(`${JSON.stringify(await measure(load))}\n`);
} finally {
  await cluster?.close();
}
