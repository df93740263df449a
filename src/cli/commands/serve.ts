import { type Command, Option } from 'commander';
import { compileEarly } from '../compile-early.ts';
import type { CommandContext } from '../context.ts';
import { exitCodes } from '../exit-code.ts';
import { CommandFailure } from '../failure.ts';
import { ServeEnd } from '../serve-end.ts';
import { addExamples, type CommandModule } from './command-module.ts';

/** Flag, the setting of `src/server/config.ts` that it gives, and what it means. */
export const serveFlags: readonly (readonly [flag: string, setting: string, meaning: string])[] = [
  ['--id <id>', 'id', 'name of this node, one of those in --initial'],
  ['--data <directory>', 'dataDir', 'data directory of this node, and of no other'],
  ['--listen <host:port>', 'listen', 'where clients and other nodes are served (gRPC)'],
  ['--http <host:port>', 'http', 'where /livez, /readyz and /metrics are served'],
  [
    '--initial <members>',
    'initial',
    'all members of a new cluster, n1=HOST:PORT,n2=...; with --join, or an empty directory, where members are',
  ],
  ['--dial <members>', 'dial', 'n2=HOST:PORT,...: where this node reaches others, if not under their address'],
  ['--join', 'join', 'wait to be made a member of the cluster that --initial leads to (conclave member add)'],
  ['--cluster <name>', 'clusterName', "name of a new cluster (default: 'conclave')"],
  [
    '--insecure',
    'insecure',
    'allow addresses that other machines can reach: there is no encryption and no authentication',
  ],
  ['--log-level <level>', 'logLevel', 'trace, debug, info, warn, error, fatal or silent (default: info)'],
  ['--max-connections <number>', 'maxConnections', 'of clients and nodes together (default: 10000)'],
  [
    '--checkpoint-journal-mib <number>',
    'checkpointJournalMib',
    'MiB of journal after which the state is written to disk and the journal trimmed (default: 64)',
  ],
  ['--heartbeat-ms <ms>', 'heartbeatMs', 'how often the leader is heard (default: 50)'],
  ['--silence-ms-low <ms>', 'silenceMsLow', 'a follower that hears nothing for a random time'],
  ['--silence-ms-high <ms>', 'silenceMsHigh', 'between these two asks for votes (default: 600 and 1200)'],
  ['--lease-ms <ms>', 'leaseMs', 'how long a lease of the leader binds, in a new cluster (default: 200)'],
  [
    '--clock-drift-permille <n>',
    'clockDriftPermille',
    'how far clocks may differ in rate, in a new cluster (default: 100)',
  ],
  ['--leases <boolean>', 'leases', 'whether the leader of a new cluster reads under a lease (default: true)'],
];

export const addServe: CommandModule = (parent, context, complete) => {
  const command = parent.command('serve').description('run one node of a cluster until it is told to stop');
  for (const [flag, , meaning] of serveFlags) command.option(flag, meaning);
  command
    .option('--config <file>', 'settings as a JSON object (environment: CONCLAVE_CONFIG)')
    .addOption(new Option('--supervised', 'stop when the process that started this one ends').hideHelp());
  addExamples(command, [
    ['conclave serve --id n1 --data /var/lib/conclave --listen 127.0.0.1:7101 --http 127.0.0.1:7181 \\', ''],
    ['               --initial n1=127.0.0.1:7101,n2=127.0.0.1:7102,n3=127.0.0.1:7103', 'one node of three'],
    ['conclave serve --id n4 --listen 127.0.0.1:7104 … --join \\', ''],
    ['               --initial n1=127.0.0.1:7101,n4=127.0.0.1:7104', 'one more, for conclave member add'],
    ['conclave serve --config n1.json', '{ "id": "n1", "dataDir": … }'],
    ['conclave up', 'all three on this machine, without any flags'],
  ]);
  command.addHelpText(
    'after',
    '\nFlags go before the environment (CONCLAVE_ID, CONCLAVE_DATA_DIR, ...), that before the file, that before the defaults. In the\n' +
      'environment and in the file, --data is dataDir and --cluster clusterName; the others are called as their flags.\n' +
      'The log goes to standard output, one JSON object per line. INT and TERM stop the node in good order.',
  );
  command.action(async (_options: unknown, self: Command) => {
    complete(await serve(context, self));
  });
};

async function serve(context: CommandContext, self: Command): Promise<number> {
  const options = self.opts<Readonly<Record<string, string | boolean | undefined>>>();
  const end = new ServeEnd(context, { supervised: options['supervised'] === true });
  const starting = startConfiguredNode(
    context,
    flagsFrom(self),
    options['config'] ?? context.environment['CONCLAVE_CONFIG'],
  );
  // Nothing durable can come to harm by an end in the middle of the start.
  const node = await Promise.race([starting, end.requested]);
  if (node === undefined) return exitCodes.success;
  compileEarly();
  const halt = await Promise.race([node.halted, end.requested]);
  if (halt !== undefined) throw new CommandFailure(halt.code, halt.reason);
  await node.stop();
  return exitCodes.success;
}

/** The server is loaded here and by no other command; LevelDB by `inspect`, too. */
async function startConfiguredNode(
  context: CommandContext,
  flags: Readonly<Record<string, unknown>>,
  configFile: string | boolean | undefined,
) {
  const { readConfigFile, resolveConfig, startNode } = await import('../../server/index.ts');
  const file = typeof configFile === 'string' && configFile !== '' ? await readConfigFile(configFile) : undefined;
  return await startNode(resolveConfig({ flags, flagOf, environment: context.environment, file }));
}

/** `--data` of `dataDir`. */
function flagOf(setting: string): string {
  const [flag = setting] = serveFlags.find(([, name]) => name === setting) ?? [];
  return flag.split(' ', 1)[0] ?? flag;
}

/** The settings given as flags, by setting. */
function flagsFrom(self: Command): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    serveFlags.map(([flag, setting]) => {
      const option = self.options.find(({ flags }) => flags === flag);
      return [setting, option === undefined ? undefined : self.getOptionValue(option.attributeName())];
    }),
  );
}
