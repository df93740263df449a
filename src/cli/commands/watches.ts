import { type Command, Option } from 'commander';
import { addCommonOptions, commonOptions } from '../common-options.ts';
import { parseNodeId } from '../membership/member-words.ts';
import { limitOption } from '../observe/limit-option.ts';
import { addExamples, type CommandModule } from './command-module.ts';

const defaultLimit = 1_000;

const watchesHelp = `
SESSIONS are those that the client has last kept alive on the same stream: none before its first keep-alive, or of a client that needs
none. A watch that reads history began in the past, or its client takes less than there is; UNWRITTEN waits for that client.`;

export const addWatches: CommandModule = (parent, context, complete) => {
  const command = parent
    .command('watches')
    .description('show which client watches what, on which node')
    .addOption(new Option('--node <id>', 'only on this one (default: all that answer)').argParser(parseNodeId))
    .addOption(limitOption(`at most so many of each node (default: ${defaultLimit})`));
  addCommonOptions(command, {
    timeout: 'how long to wait for a node to answer (default: 1s)',
    json: 'print one per line: {node,client,sessions,connection,id,kind,extent,from,to,lagging,unwrittenBytes}',
  });
  addExamples(command, [
    ['conclave watches', 'a table'],
    ['conclave watches --node n2 --json', 'of one node, for programs'],
  ]);
  command.addHelpText('after', watchesHelp);
  command.action(async (own: { node?: string; limit?: number }, self: Command) => {
    const { node, limit = defaultLimit } = own;
    const { showWatches } = await import('../observe/show-watches.ts');
    complete(await showWatches(context, { ...commonOptions(self, context.environment), node, limit }));
  });
};
