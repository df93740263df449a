import type { Command } from 'commander';
import { withClient } from '../cluster-client.ts';
import { addCommonOptions, type CommonOptions, commonOptions } from '../common-options.ts';
import type { CommandContext } from '../context.ts';
import { entryJson } from '../entry-json.ts';
import { exitCodes } from '../exit-code.ts';
import { write, writeJson } from '../output.ts';
import { addExamples, type CommandModule } from './command-module.ts';

export const addGet: CommandModule = (parent, context, complete) => {
  const command = parent.command('get').description('print the value of a key').argument('<key>');
  addCommonOptions(command, { json: 'print {key,value,createRevision,modRevision,version}, or null' });
  addExamples(command, [
    ['conclave get config/rate', 'the bytes of the value; exit code 1 if there is none'],
    ['conclave get config/rate --json', 'with its revisions'],
  ]);
  command.action(async (key: string, _options: unknown, self: Command) => {
    complete(await get(context, key, commonOptions(self, context.environment)));
  });
};

async function get(context: CommandContext, key: string, options: CommonOptions): Promise<number> {
  const entry = await withClient(context, options, (client, firstCall) =>
    firstCall((timeoutMs) => client.get(key, { timeoutMs })),
  );
  if (options.json) await writeJson(context.stdout, entry === undefined ? null : entryJson(entry));
  if (entry === undefined) return exitCodes.failure;
  if (!options.json) {
    await write(context.stdout, entry.value);
    if (context.stdout.isTTY === true) await write(context.stdout, '\n');
  }
  return exitCodes.success;
}
