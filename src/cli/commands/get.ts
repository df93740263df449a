import type { Command } from 'commander';
import { withClient } from '../cluster-client.ts';
import { addCommonOptions, type CommonOptions, commonOptions } from '../common-options.ts';
import type { CommandContext } from '../context.ts';
import { entryJson } from '../entry-json.ts';
import { exitCodes } from '../exit-code.ts';
import { printValue } from '../keys/print-value.ts';
import { addReadOptions, readOptionsOf, type WrittenReadOptions } from '../keys/read-options.ts';
import { writeJson } from '../output.ts';
import { addExamples, type CommandModule } from './command-module.ts';

export const addGet: CommandModule = (parent, context, complete) => {
  const command = parent.command('get').description('print the value of a key').argument('<key>');
  addReadOptions(command);
  addCommonOptions(command, {
    json: 'print {key,value,createRevision,modRevision,version}, of an ephemeral key with session, or null',
  });
  addExamples(command, [
    ['conclave get config/rate', 'the bytes of the value; exit code 1 if there is none'],
    ['conclave get config/rate --json', 'with its revisions'],
    ['conclave get config/rate --revision 17', 'what it was then'],
  ]);
  command.action(async (key: string, own: WrittenReadOptions, self: Command) => {
    complete(await get(context, key, own, commonOptions(self, context.environment)));
  });
};

async function get(
  context: CommandContext,
  key: string,
  own: WrittenReadOptions,
  options: CommonOptions,
): Promise<number> {
  const entry = await withClient(context, options, (client, firstCall) =>
    firstCall((timeoutMs) => client.get(key, { ...readOptionsOf(own), timeoutMs })),
  );
  if (options.json) await writeJson(context.stdout, entry === undefined ? null : entryJson(entry));
  if (entry === undefined) return exitCodes.failure;
  if (!options.json) await printValue(context.stdout, entry.value);
  return exitCodes.success;
}
