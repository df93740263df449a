import type { Command } from 'commander';
import { addCommonOptions, commonOptions } from '../common-options.ts';
import { limitOption } from '../observe/limit-option.ts';
import { addExamples, type CommandModule } from './command-module.ts';

const defaultLimit = 1_000;

const locksHelp = `
LEFT is for how long the session of the holder lives if nothing more is heard of it, as the leader counts it; of a lock that is
closed, what is left of the lock-delay. Of several holders each has a line. At most 16 holders and 16 waiters of a lock are told.`;

export const addLocks: CommandModule = (parent, context, complete) => {
  const command = parent
    .command('locks')
    .description('show who holds which locks, and who waits for them')
    .argument('[prefix]', 'only locks whose names begin so')
    .addOption(limitOption(`at most so many locks (default: ${defaultLimit})`));
  addCommonOptions(command, {
    timeout: 'how long to try (default: 4s)',
    json: 'print one lock per line: {name,holders,waiters,holderCount,waiterCount,delay}',
  });
  addExamples(command, [
    ['conclave locks', 'all that are held, waited for, or closed by a lock-delay'],
    ['conclave locks jobs/', 'those whose names begin so'],
    ['conclave locks --json', 'for programs'],
  ]);
  command.addHelpText('after', locksHelp);
  command.action(async (prefix: string | undefined, own: { limit?: number }, self: Command) => {
    const options = {
      ...commonOptions(self, context.environment),
      prefix: prefix ?? '',
      limit: own.limit ?? defaultLimit,
    };
    const { showLocks } = await import('../observe/show-locks.ts');
    complete(await showLocks(context, options));
  });
};
