import { type Command, Option } from 'commander';
import { withClient } from '../cluster-client.ts';
import { addCommonOptions, type CommonOptions, commonOptions } from '../common-options.ts';
import { confirm, refuseUnasked } from '../confirmation.ts';
import type { CommandContext } from '../context.ts';
import { counted } from '../counted.ts';
import { entryJson } from '../entry-json.ts';
import { exitCodes } from '../exit-code.ts';
import { UsageFailure } from '../failure.ts';
import { deletePrefix } from '../keys/delete-prefix.ts';
import { printValue } from '../keys/print-value.ts';
import { parsePositive } from '../number-words.ts';
import { writeJson, writeLine, writeMessage } from '../output.ts';
import { addExamples, type CommandModule } from './command-module.ts';

const delHelp = `
--prefix deletes the keys that are there when it begins, in transactions of up to 1,000 keys; others may see some of them gone before the
rest. With an empty prefix, which is all keys, it asks unless --yes.

Exit codes: 0 it is gone, whether or not it was there; 1 not deleted, since --if-revision did not hold, not confirmed, or an error;
64 wrong usage; 69 no cluster.`;

interface WrittenOptions {
  readonly prefix?: string;
  readonly ifRevision?: number;
  readonly previous?: true;
  readonly yes?: true;
}

export const addDel: CommandModule = (parent, context, complete) => {
  const command = parent
    .command('del')
    .description('delete a key, if it is there, or all keys with a prefix')
    .argument('[key]')
    .option('--prefix <prefix>', 'all keys that begin so')
    .addOption(
      new Option('--if-revision <number>', 'only if it has not been put since it had this modRevision')
        .argParser(parsePositive)
        .conflicts('prefix'),
    )
    .addOption(new Option('--previous', 'print the value that was there').conflicts('prefix'))
    .option('--yes', 'do not ask before all keys are deleted');
  addCommonOptions(command, {
    json: 'print {deleted,revision}, with --previous also previous; with --prefix {deletedKeys,revision}',
  });
  addExamples(command, [
    ['conclave del config/rate', 'exit code 0, whether or not it was there'],
    ['conclave del config/rate --json', 'tells whether it was'],
    ['conclave del config/rate --if-revision 17', 'exit code 1 if it was put since'],
    ['conclave del --prefix jobs/', 'prints how many'],
  ]);
  command.addHelpText('after', delHelp);
  command.action(async (key: string | undefined, own: WrittenOptions, self: Command) => {
    const options = commonOptions(self, context.environment);
    if (key !== undefined && own.prefix === undefined) complete(await del(context, key, own, options));
    else if (key === undefined && own.prefix !== undefined) {
      complete(await delPrefix(context, own.prefix, own.yes ?? false, options));
    } else throw new UsageFailure('del takes a KEY or --prefix PREFIX, one of the two');
  });
};

async function del(context: CommandContext, key: string, own: WrittenOptions, options: CommonOptions): Promise<number> {
  const { stdout, stderr } = context;
  const { previous: asksPrevious = false, ifRevision } = own;
  const { deleted, revision, previous } = await withClient(context, options, (client, firstCall) =>
    firstCall((timeoutMs) => client.delete(key, { previous: asksPrevious, ifUnchanged: ifRevision, timeoutMs })),
  );
  if (options.json) {
    const shown = asksPrevious && { previous: previous === undefined ? null : entryJson(previous) };
    await writeJson(stdout, { deleted, revision, ...shown });
  } else if (previous !== undefined) await printValue(stdout, previous.value);
  if (deleted || ifRevision === undefined) return exitCodes.success;
  if (!options.json) {
    await writeMessage(stderr, `conclave: not deleted: the key is not as it was at revision ${ifRevision}`);
  }
  return exitCodes.failure;
}

async function delPrefix(
  context: CommandContext,
  prefix: string,
  yes: boolean,
  options: CommonOptions,
): Promise<number> {
  const isEverything = prefix === '';
  if (isEverything) refuseUnasked(context, 'del --prefix ""', yes);
  const { deletedKeys, revision } = await withClient(context, options, async (client, firstCall) => {
    if (isEverything) {
      const keys = await firstCall((timeoutMs) => client.count({ prefix }, { timeoutMs }));
      await confirm(context, [`Every key is deleted: ${counted(keys, 'key')}.`], yes);
    }
    return await deletePrefix(client, prefix, firstCall, options.timeoutMs);
  });
  if (options.json) await writeJson(context.stdout, { deletedKeys, revision: revision ?? null });
  else await writeLine(context.stdout, `${counted(deletedKeys, 'key')} deleted`);
  return exitCodes.success;
}
