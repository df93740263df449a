import type { Command } from 'commander';
import { withClient } from '../cluster-client.ts';
import { addCommonOptions, type CommonOptions, commonOptions } from '../common-options.ts';
import { confirm, refuseUnasked } from '../confirmation.ts';
import type { CommandContext } from '../context.ts';
import { exitCodes } from '../exit-code.ts';
import { parsePositive } from '../number-words.ts';
import { writeJson, writeLine } from '../output.ts';
import { addExamples, type CommandModule } from './command-module.ts';

const compactHelp = `
The cluster forgets by itself what is too old or too much ("conclave settings" says when): this is for forgetting earlier. Watches that run
now go on.`;

export const addCompact: CommandModule = (parent, context, complete) => {
  const command = parent
    .command('compact')
    .description('forget the history up to a revision, for everybody')
    .argument('<revision>', 'the last one that is forgotten', parsePositive)
    .option('--yes', 'do not ask');
  addCommonOptions(command, { json: 'print {floor}, the oldest revision that can be read' });
  addExamples(command, [
    ['conclave compact 4711', 'says what that would be, and asks'],
    ['conclave compact 4711 --yes', 'for programs'],
  ]);
  command.addHelpText('after', compactHelp);
  command.action(async (revision: number, own: { yes?: true }, self: Command) => {
    complete(await compact(context, revision, own.yes ?? false, commonOptions(self, context.environment)));
  });
};

async function compact(
  context: CommandContext,
  revision: number,
  yes: boolean,
  options: CommonOptions,
): Promise<number> {
  refuseUnasked(context, 'compact', yes);
  const { floor } = await withClient(context, options, async (client, firstCall) => {
    const newest = await firstCall((timeoutMs) =>
      client.range({ prefix: '' }, { limit: 1, keysOnly: true, timeoutMs }),
    );
    const consequences = [
      `The newest revision is ${newest.revision}. What happened up to revision ${revision} is forgotten, for everybody:`,
      'reads of what was before, and watches from there, are refused with COMPACTED. What exists stays.',
    ];
    await confirm(context, consequences, yes);
    return await client.compact(revision, { timeoutMs: options.timeoutMs });
  });
  if (options.json) await writeJson(context.stdout, { floor });
  else await writeLine(context.stdout, `the oldest revision is ${floor}`);
  return exitCodes.success;
}
