import type { Command } from 'commander';
import { addCommonOptions, commonOptions } from '../common-options.ts';
import { addExamples, type CommandModule } from './command-module.ts';

const hashHelp = `
The same log makes the same state: after one slot, all nodes have the same hash. Exit code 1: they differ, or there was no slot after
which all that answer were seen, as when one is far behind. If they differ, keep the data directories, and see inspect.`;

export const addHash: CommandModule = (parent, context, complete) => {
  const command = parent
    .command('hash')
    .description('compare the states of all members, by their hashes after one slot');
  addCommonOptions(command, {
    timeout: 'how long to look for a slot after which all were seen (default: 5s)',
    json: 'print {slot,same,members}',
  });
  addExamples(command, [
    ['conclave hash', 'side by side, and whether they are the same'],
    ['conclave hash --json', 'for programs'],
  ]);
  command.addHelpText('after', hashHelp);
  command.action(async (_options: unknown, self: Command) => {
    const { showHashes } = await import('../observe/show-hashes.ts');
    complete(await showHashes(context, commonOptions(self, context.environment)));
  });
};
