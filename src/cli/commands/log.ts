import { type Command, Option } from 'commander';
import { addCommonOptions, commonOptions } from '../common-options.ts';
import { parseNodeId } from '../membership/member-words.ts';
import { limitOption, parseCount } from '../observe/limit-option.ts';
import { addExamples, type CommandModule } from './command-module.ts';

const defaultLimit = 20;

const logHelp = `
A line is SLOT SESSION#NUMBER OPERATION; what the leader has proposed by itself has no session. A node keeps the log since its older
checkpoint; what came before is only in the state. Values and members: see --json. The secrets of sessions are not shown.`;

export const addLog: CommandModule = (parent, context, complete) => {
  const command = parent
    .command('log')
    .description('show what was chosen, slot by slot, as a node has it')
    .addOption(new Option('--node <id>', 'whose log (default: that of any node that answers)').argParser(parseNodeId))
    .addOption(new Option('--from <slot>', 'from this slot on (default: the newest)').argParser(parseCount))
    .addOption(limitOption(`at most so many slots (default: ${defaultLimit}, or all from --from on)`))
    .option('--follow', 'go on with what is chosen later, until Ctrl-C');
  addCommonOptions(command, {
    timeout: 'how long to wait for an answer (default: 4s)',
    json: 'print one slot per line: {slot,bytes,members,operations,problem}',
  });
  addExamples(command, [
    ['conclave log', 'the newest 20 slots: 17 3#1 put config/rate (3 B)'],
    ['conclave log --follow --node n2', 'as they come, at n2'],
    ['conclave log --from 1 --limit 100 --json', 'for programs, with keys and values'],
  ]);
  command.addHelpText('after', logHelp);
  command.action(async (own: { node?: string; from?: number; limit?: number; follow?: true }, self: Command) => {
    const { node, from, follow = false } = own;
    const limit = own.limit ?? (from === undefined ? defaultLimit : undefined);
    const { showLog } = await import('../observe/show-log.ts');
    complete(await showLog(context, { ...commonOptions(self, context.environment), node, from, limit, follow }));
  });
};
