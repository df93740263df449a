import type { Command } from 'commander';
import { addCommonOptions, commonOptions } from '../common-options.ts';
import { limitOption } from '../observe/limit-option.ts';
import { addExamples, type CommandModule } from './command-module.ts';

const defaultLimit = 1_000;

const sessionsHelp = `
LEFT is after how long the session expires if nothing more is heard of it, as the leader counts it; its client trusts it for less.
KEYS are ephemeral; HELD and WAITING are locks and permits, several that were asked for together count once.`;

export const addSessions: CommandModule = (parent, context, complete) => {
  const command = parent
    .command('sessions')
    .description('show all sessions: whose they are, what they have, how long they live')
    .addOption(limitOption(`at most so many sessions (default: ${defaultLimit})`));
  addCommonOptions(command, {
    timeout: 'how long to try (default: 4s)',
    json: 'print one per line: {id,name,metadata,ttlMs,remainingMs,generation,ephemeralKeys,held,waiting}',
  });
  addExamples(command, [
    ['conclave sessions', 'a table, in the order of their opening'],
    ['conclave sessions --json', 'for programs'],
  ]);
  command.addHelpText('after', sessionsHelp);
  command.action(async (own: { limit?: number }, self: Command) => {
    const options = { ...commonOptions(self, context.environment), limit: own.limit ?? defaultLimit };
    const { showSessions } = await import('../observe/show-sessions.ts');
    complete(await showSessions(context, options));
  });
};
