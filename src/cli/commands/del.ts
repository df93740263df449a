import type { Command } from 'commander';
import { withClient } from '../cluster-client.ts';
import { addCommonOptions, type CommonOptions, commonOptions } from '../common-options.ts';
import type { CommandContext } from '../context.ts';
import { exitCodes } from '../exit-code.ts';
import { writeJson } from '../output.ts';
import { addExamples, type CommandModule } from './command-module.ts';

export const addDel: CommandModule = (parent, context, complete) => {
  const command = parent.command('del').description('delete a key, if it is there').argument('<key>');
  addCommonOptions(command, { json: 'print {deleted,revision}' });
  addExamples(command, [
    ['conclave del config/rate', 'exit code 0, whether or not it was there'],
    ['conclave del config/rate --json', 'tells whether it was'],
  ]);
  command.action(async (key: string, _options: unknown, self: Command) => {
    complete(await del(context, key, commonOptions(self, context.environment)));
  });
};

async function del(context: CommandContext, key: string, options: CommonOptions): Promise<number> {
  const { deleted, revision } = await withClient(context, options, (client, firstCall) =>
    firstCall((timeoutMs) => client.delete(key, { timeoutMs })),
  );
  if (options.json) await writeJson(context.stdout, { deleted, revision });
  return exitCodes.success;
}
