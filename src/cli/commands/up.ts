import path from 'node:path';
import { type Command, Option } from 'commander';
import type { CommandContext } from '../context.ts';
import { exitCodes } from '../exit-code.ts';
import { UsageFailure } from '../failure.ts';
import { parseBasePort, parseClusterSize } from '../local-cluster/arguments.ts';
import { type ClusterSize, defaultBasePort } from '../local-cluster/layout.ts';
import { refuseSwallowedFlags } from '../local-cluster/npm-flags.ts';
import { addExamples, type CommandModule } from './command-module.ts';

interface UpOptions {
  readonly dataDir: string;
  readonly basePort?: number;
  readonly nodes?: ClusterSize;
  readonly fresh?: boolean;
  readonly restart: boolean;
  readonly json?: boolean;
}

export const addUp: CommandModule = (parent, context, complete) => {
  const command = parent
    .command('up')
    .description('run a local cluster, each node a process of its own, until Ctrl-C')
    // They are looked at below, after what npm has done to them.
    .allowExcessArguments()
    .option('--data-dir <directory>', 'where the cluster keeps its data and logs', '.conclave')
    .addOption(
      new Option(
        '--base-port <port>',
        `first of the gRPC ports; HTTP is 80 above (default: ${defaultBasePort}, or that of the data)`,
      ).argParser(parseBasePort),
    )
    .addOption(
      new Option('--nodes <number>', 'how many nodes: 1, 3 or 5 (default: 3, or as the data)').argParser(
        parseClusterSize,
      ),
    )
    .option('--fresh', 'delete the data of the cluster first')
    .option('--no-restart', 'leave a node that dies down')
    .option('--json', 'print events, one line of JSON each: ready, exited, restarted');
  addExamples(command, [
    ['conclave up', 'nodes on 7101-7103, HTTP on 7181-7183, data in .conclave'],
    ['conclave up --fresh', 'begin anew'],
    ['npm start -- --fresh', 'the same in a clone; mind the --'],
    ['conclave up --base-port 7301 --data-dir /tmp/c', 'a second cluster'],
  ]);
  command.action(async (options: UpOptions, self: Command) => {
    complete(await up(context, self.args, options));
  });
};

async function up(context: CommandContext, words: readonly string[], options: UpOptions): Promise<number> {
  refuseSwallowedFlags(context.environment, words);
  if (words.length > 0) throw new UsageFailure(`up takes no arguments, but got '${words.join(' ')}'`);
  const { LocalClusterRun } = await import('../local-cluster/local-cluster-run.ts');
  const run = new LocalClusterRun(context, {
    directory: path.resolve(options.dataDir),
    basePort: options.basePort,
    size: options.nodes,
    fresh: options.fresh ?? false,
    restart: options.restart,
    json: options.json ?? false,
  });
  await run.untilStopped();
  return exitCodes.success;
}
