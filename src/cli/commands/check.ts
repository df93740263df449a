import { type Command, Option } from 'commander';
import { addCommonOptions, commonOptions } from '../common-options.ts';
import { addExamples, type CommandModule } from './command-module.ts';

const checkHelp = `
Looks for a second and a half, and writes nothing. Exit codes: 0 all is well, 1 there are warnings, 2 something is critical, 3 something
could not be measured, and nothing is worse; 69 no leader (2 with --format nagios).

  leader, members, tolerance   somebody leads; all answer; as many may fail as the voters are for
  lag                          warning past 1,024 slots, critical past 100,000
  reads                        the median of 20 linearizable reads: warning past 100ms, critical past 1s
  state, alarm                 after one slot, all states have the same hash; nobody raises an alarm
  versions, configuration      the same on all
  quota                        warning at 80 %, critical at 95 %
  round-trip                   of heartbeats: warning past half a lease (100ms), critical past a lease
  fsync                        99th percentile of appends: warning past half a lease, critical past the silence that a leader is granted
  commit                       99th percentile: warning past 250ms, critical past 1s
  event-loop                   99th percentile: warning past a quarter of a lease, critical past a lease
  disk                         free, of what may be needed: warning below twice as much, critical below it
  clock-rate                   warning past half of what the cluster bears, critical past all of it
  clock-offset                 of the clocks on the wall, which nothing depends on: warning past 1s`;

export const addCheck: CommandModule = (parent, context, complete) => {
  const command = parent
    .command('check')
    .description('find out whether all is well: network, disks, clocks, versions, configuration, room')
    .addOption(new Option('--format <format>', 'nagios: one line, for monitoring').choices(['text', 'nagios']));
  addCommonOptions(command, {
    timeout: 'how long to wait for a node to answer (default: 1s)',
    json: 'print {verdict,findings}, each of those {check,member,level,detail}',
  });
  addExamples(command, [
    ['conclave check', 'a table, and a verdict'],
    ['conclave check --json', 'for programs'],
    ['conclave check --format nagios', 'one line and an exit code, for monitoring'],
  ]);
  command.addHelpText('after', checkHelp);
  command.action(async (own: { format?: 'text' | 'nagios' }, self: Command) => {
    const options = commonOptions(self, context.environment);
    const { runCheck } = await import('../check/run-check.ts');
    complete(await runCheck(context, options, own.format ?? (options.json ? 'json' : 'text')));
  });
};
