import type { Command } from 'commander';
import { withClient } from '../cluster-client.ts';
import { addCommonOptions, type CommonOptions, commonOptions } from '../common-options.ts';
import type { CommandContext } from '../context.ts';
import { exitCodes } from '../exit-code.ts';
import { writeJson } from '../output.ts';
import { addExamples, type CommandModule } from './command-module.ts';

export const addPut: CommandModule = (parent, context, complete) => {
  const command = parent
    .command('put')
    .description('set a key to a value')
    .argument('<key>')
    .argument(
      '<value>',
      "the value; '-' reads it from standard input, '--' before it allows one that begins with a dash",
    );
  addCommonOptions(command, { json: 'print {revision}' });
  addExamples(command, [
    ['conclave put config/rate 100', ''],
    ['conclave put config/file - < settings.json', 'the value from standard input'],
    ['conclave put config/rate 100 --json', 'print the revision'],
  ]);
  command.action(async (key: string, value: string, _options: unknown, self: Command) => {
    complete(await put(context, key, value, commonOptions(self, context.environment)));
  });
};

async function put(context: CommandContext, key: string, value: string, options: CommonOptions): Promise<number> {
  const fromStdin = value === '-';
  const bytes = fromStdin ? await context.readStdin() : value;
  const settings = { ...options, waitingSinceMs: fromStdin ? performance.now() : undefined };
  const { revision } = await withClient(context, settings, (client, firstCall) =>
    firstCall((timeoutMs) => client.put(key, bytes, { timeoutMs })),
  );
  if (options.json) await writeJson(context.stdout, { revision });
  return exitCodes.success;
}
