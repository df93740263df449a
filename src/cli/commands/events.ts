import { type Command, Option } from 'commander';
import { addCommonOptions, commonOptions } from '../common-options.ts';
import { parseCount } from '../observe/limit-option.ts';
import { addExamples, type CommandModule } from './command-module.ts';

const eventsHelp = `
What happens to the state comes in the order of revisions, nothing missing and nothing twice, within a second or so. Who leads and who
answers is looked at every second: what has changed in between and changed back is not seen. Those lines begin with "-", for they have no
revision. A value of more than 200 bytes is told by its size; --json has all of it.`;

export const addEvents: CommandModule = (parent, context, complete) => {
  const command = parent
    .command('events')
    .description('print everything that happens, until Ctrl-C: keys, locks, counters, sessions, leaders, members')
    .addOption(new Option('--from <revision>', 'from this revision on (default: from now)').argParser(parseCount));
  addCommonOptions(command, {
    timeout: 'how long to try until it has begun (default: 5s in all)',
    json: 'print one object per line: {type,…}, with {revision} where there is one',
  });
  addExamples(command, [
    ['conclave events', '17 lock jobs/1 held by session 11, exclusive, token 17'],
    ['conclave events --from 1', 'first what happened before, as far as the cluster remembers'],
    ['conclave events --json', '{"revision":18,"type":"put","key":"a","value":"1"}'],
  ]);
  command.addHelpText('after', eventsHelp);
  command.action(async (own: { from?: number }, self: Command) => {
    const { showEvents } = await import('../observe/show-events.ts');
    complete(await showEvents(context, { ...commonOptions(self, context.environment), fromRevision: own.from }));
  });
};
