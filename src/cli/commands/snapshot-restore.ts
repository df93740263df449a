import { type Command, InvalidArgumentError, Option } from 'commander';
import { nodeIdPattern } from '../../wire/identifiers.ts';
import type { CommandContext } from '../context.ts';
import { counted } from '../counted.ts';
import { exitCodes } from '../exit-code.ts';
import { UsageFailure } from '../failure.ts';
import { untilSignal } from '../interruption.ts';
import { parseBasePort, parseClusterSize } from '../local-cluster/arguments.ts';
import type { ClusterSize } from '../local-cluster/layout.ts';
import { writeJson, writeLine } from '../output.ts';
import { highestRevision } from '../snapshot/highest-revision.ts';
import type { RestoreReport, RestoreTarget } from '../snapshot/restore-snapshot.ts';
import { addExamples, type CommandModule } from './command-module.ts';

const restoreHelp = `
The new cluster gets an id of its own when all its members have been started for the first time; nodes of the old one and of the new one
refuse each other, and clients that were connected to the old one end with CLUSTER_CHANGED. Members that were not restored to the same
state refuse each other, too (DIFFERENT_ORIGIN): give every member the same file, and the --revision that the first one has printed.

Kept are keys and counters. Sessions, ephemeral keys, locks and the history for watches are not. The revision becomes the highest of: that
of the backup plus one, the time in microseconds, --min-revision. So fencing tokens are above all that were ever given out, if the clock
is right and the old cluster made less than a million changes a second. What was drawn from counters after the backup is drawn again,
unless --raise-counters adds more than that; a counter that was not there yet begins with 0.

Exit codes: 0 restored; 1 error CODE: message on standard error (BACKUP_DAMAGED, DIRECTORY_NOT_EMPTY, COUNTER_OVERFLOW and others), and
nothing was made; 64 wrong usage; 130 Ctrl-C.`;

interface RestoreOptions {
  readonly data?: string;
  readonly node?: string;
  readonly local?: string;
  readonly nodes?: ClusterSize;
  readonly basePort?: number;
  readonly revision?: number;
  readonly minRevision?: number;
  readonly raiseCounters?: bigint;
  readonly json?: boolean;
}

export const addSnapshotRestore: CommandModule = (parent, context, complete) => {
  const command = parent
    .command('restore')
    .description('make the data directories of a new cluster from a backup, without any node running')
    .argument('<file>')
    .option('--data <directory>', 'data directory of one member, empty or new: --data of serve')
    .addOption(new Option('--node <id>', 'name of that member: --id of serve').argParser(parseNodeId))
    .option('--local <directory>', 'instead: all members of a local cluster, --data-dir of up')
    .addOption(
      new Option('--nodes <number>', 'of the local cluster: 1, 3 or 5 (default: 3)').argParser(parseClusterSize),
    )
    .addOption(new Option('--base-port <port>', 'of the local cluster (default: 7101)').argParser(parseBasePort))
    .addOption(
      new Option('--revision <number>', 'as the restoration of the first member has printed it')
        .argParser(parseRevision)
        .conflicts('minRevision'),
    )
    .addOption(new Option('--min-revision <number>', 'begin no lower than this').argParser(parseRevision))
    .addOption(new Option('--raise-counters <number>', 'add this to every counter (default: 0)').argParser(parseRaise))
    .option('--json', 'print {file,revision,raisedCountersBy,state,keys,counters,dropped,backup,members}');
  addExamples(command, [
    ['conclave snapshot restore backup.snapshot --local restored', 'then: conclave up --data-dir restored'],
    ['conclave snapshot restore backup.snapshot --node n1 --data /var/lib/conclave/n1', 'prints the revision'],
    ['conclave snapshot restore backup.snapshot --node n2 --data /var/lib/conclave/n2 --revision 1764380000000000', ''],
  ]);
  command.addHelpText('after', restoreHelp);
  command.action(async (file: string, _options: unknown, self: Command) => {
    complete(await restore(context, file, self.optsWithGlobals<RestoreOptions>()));
  });
};

async function restore(context: CommandContext, file: string, options: RestoreOptions): Promise<number> {
  const target = targetOf(options);
  const { restoreSnapshot } = await import('../snapshot/restore-snapshot.ts');
  const wish = {
    revision: options.revision,
    minRevision: options.minRevision,
    raiseCounters: options.raiseCounters ?? 0n,
  };
  return await untilSignal(context.signals, async (signal) => {
    const report = await restoreSnapshot(context, file, target, wish, signal);
    if (options.json === true) await writeJson(context.stdout, report);
    else await writeLine(context.stdout, textOf(report, target));
    return exitCodes.success;
  });
}

function targetOf({ data, node, local, nodes, basePort }: RestoreOptions): RestoreTarget {
  if (local !== undefined) {
    if (data !== undefined || node !== undefined)
      throw new UsageFailure('--local makes all members: without --data and --node');
    return { kind: 'local', directory: local, basePort, size: nodes };
  }
  if (nodes !== undefined || basePort !== undefined)
    throw new UsageFailure('--nodes and --base-port belong to --local');
  if (data === undefined || node === undefined) {
    throw new UsageFailure('where to? --data DIRECTORY and --node ID for one member, or --local DIRECTORY');
  }
  return { kind: 'member', id: node, directory: data };
}

function textOf(report: RestoreReport, target: RestoreTarget): string {
  const { revision, raisedCountersBy, keys, counters, dropped, backup, members } = report;
  const raised = raisedCountersBy === '0' ? '' : ` --raise-counters ${raisedCountersBy}`;
  const { ephemeralKeys, sessions, locks } = dropped;
  return [
    ...members.map(({ id, data }) => `restored ${id} in ${data}`),
    `  from      cluster ${backup.clusterId}, slot ${backup.slot}, revision ${backup.revision}, ${backup.createdAt}`,
    ...(backup.stale ? ['  stale     what was acknowledged before the backup was made may be missing'] : []),
    `  revision  ${revision}`,
    `  state     ${report.state.slice(0, 16)}`,
    `  kept      ${counted(keys, 'key')}, ${counted(counters, 'counter')}`,
    `  left out  ${counted(ephemeralKeys, 'ephemeral key')}, ${counted(sessions, 'session')}, ${counted(locks, 'lock')}`,
    target.kind === 'local'
      ? `Start it: conclave up --data-dir ${target.directory}`
      : `Restore every other member from the same file with --revision ${revision}${raised}, then start all of them.`,
  ].join('\n');
}

function parseNodeId(text: string): string {
  if (nodeIdPattern.test(text)) return text;
  throw new InvalidArgumentError('Letters, digits, . _ - (at most 63).');
}

function parseRevision(text: string): number {
  const revision = Number(text);
  if (!/^[1-9]\d*$/.test(text) || revision > highestRevision) {
    throw new InvalidArgumentError('A number from 1 to 2^52.');
  }
  return revision;
}

function parseRaise(text: string): bigint {
  if (/^\d{1,19}$/.test(text) && BigInt(text) < 2n ** 63n) return BigInt(text);
  throw new InvalidArgumentError('A number from 0 to 2^63 - 1.');
}
