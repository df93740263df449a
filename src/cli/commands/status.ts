import { type Command, Option } from 'commander';
import { addCommonOptions, commonOptions } from '../common-options.ts';
import { parseDuration } from '../duration.ts';
import { addExamples, type CommandModule } from './command-module.ts';

const defaultIntervalMs = 1_000;

const statusHelp = `
BEHIND is in slots. ROUND TRIP is the median from a heartbeat of the leader to the answer. FSYNC (until a record of the journal is
durable), COMMIT (until a proposed slot is chosen, by its leader) and LOOP (how late timers are) are 99th percentiles. JOURNAL is what
came since the newest checkpoint. What a node has not done, or does not tell, is "-".`;

export const addStatus: CommandModule = (parent, context, complete) => {
  const command = parent
    .command('status')
    .description('show the leader, every member, and how they are; exit code 69 without a leader')
    .option('--watch', 'keep it on the screen until Ctrl-C')
    .addOption(new Option('--interval <duration>', 'with --watch: how often (default: 1s)').argParser(parseDuration));
  addCommonOptions(command, {
    timeout: 'how long to wait for a node to answer (default: 1s)',
    json: 'print {clusterId,leader,revision,featureLevel,residentBytes,quotaBytes,failureTolerance,membersSlot,members}',
  });
  addExamples(command, [
    ['conclave status', 'two tables: the members, and how they are'],
    ['conclave status --watch', 'again and again, on one screen'],
    ['conclave status --json', 'for programs; with --watch one object per line'],
    ['conclave status --endpoints 127.0.0.1:7101', 'one node is enough: it names the others'],
  ]);
  command.addHelpText('after', statusHelp);
  command.action(async (own: { watch?: true; interval?: number }, self: Command) => {
    const options = commonOptions(self, context.environment);
    const intervalMs = own.interval ?? defaultIntervalMs;
    const { showStatus, watchStatus } = await import('../observe/show-status.ts');
    complete(own.watch === true ? await watchStatus(context, options, intervalMs) : await showStatus(context, options));
  });
};
