import { type Command, Option } from 'commander';
import { withClient } from '../cluster-client.ts';
import { addCommonOptions, type CommonOptions, commonOptions } from '../common-options.ts';
import type { CommandContext } from '../context.ts';
import { entryJson } from '../entry-json.ts';
import { exitCodes } from '../exit-code.ts';
import { UsageFailure } from '../failure.ts';
import { treeLines } from '../keys/key-tree.ts';
import { type ListedEntry, listEntries } from '../keys/list-entries.ts';
import { addReadOptions, readOptionsOf, type WrittenReadOptions } from '../keys/read-options.ts';
import { parsePositive } from '../number-words.ts';
import { bytesForStream, printable, write, writeJson, writeLine } from '../output.ts';
import { alignedRows } from '../table.ts';
import { addExamples, type CommandModule } from './command-module.ts';

/** So many rows are aligned with each other. */
const rowsPerTable = 1_000;

interface WrittenOptions extends WrittenReadOptions {
  readonly long?: true;
  readonly tree?: true;
  readonly count?: true;
  readonly keysOnly?: true;
  readonly limit?: number;
  readonly reverse?: true;
}

export const addLs: CommandModule = (parent, context, complete) => {
  const command = parent
    .command('ls')
    .description('list the keys, all or those with a prefix, in byte order')
    .argument('[prefix]')
    .option('--long', 'with revision, version, number of bytes, and the session of an ephemeral key')
    .addOption(new Option('--tree', 'as a tree, whose branches are divided by slashes').conflicts(['long', 'count']))
    .addOption(new Option('--count', 'only how many there are').conflicts(['long', 'limit', 'keysOnly']))
    .addOption(new Option('--limit <number>', 'at most so many').argParser(parsePositive))
    .option('--reverse', 'the last ones first')
    .option('--keys-only', 'with --json: without values');
  addReadOptions(command);
  addCommonOptions(command, {
    json: 'print one entry per line: {key,value,createRevision,modRevision,version}; with --count {count}',
  });
  addExamples(command, [
    ['conclave ls', 'every key'],
    ['conclave ls config/', 'those that begin with config/'],
    ['conclave ls config/ --json', 'with their values'],
    ['conclave ls --tree', 'at a glance'],
    ['conclave ls queue/ --long --reverse --limit 10', 'the ten last ones, and when they were put'],
  ]);
  command.action(async (prefix: string | undefined, own: WrittenOptions, self: Command) => {
    const options = commonOptions(self, context.environment);
    if (options.json && (own.tree ?? own.long) === true) {
      throw new UsageFailure('--tree and --long are for people; --json has everything without them');
    }
    complete(await ls(context, prefix ?? '', own, options));
  });
};

async function ls(
  context: CommandContext,
  prefix: string,
  own: WrittenOptions,
  options: CommonOptions,
): Promise<number> {
  const place = readOptionsOf(own);
  await withClient(context, options, async (client, firstCall) => {
    if (own.count === true) {
      const count = await firstCall((timeoutMs) => client.count({ prefix }, { ...place, timeoutMs }));
      if (options.json) await writeJson(context.stdout, { count });
      else await writeLine(context.stdout, String(count));
      return;
    }
    const withValues = own.long === true || (options.json && own.keysOnly !== true);
    const listing = { prefix, withValues, descending: own.reverse ?? false, limit: own.limit };
    const entries = listEntries(client, firstCall, { ...listing, ...place });
    if (own.tree === true) await printTree(context, entries);
    else if (own.long === true) await printTables(context, entries);
    else for await (const entry of entries) await printEntry(context, entry, options.json);
  });
  return exitCodes.success;
}

function printEntry({ stdout }: CommandContext, entry: ListedEntry, json: boolean): Promise<void> {
  if (json) return writeJson(stdout, entryJson(entry));
  return write(stdout, Buffer.concat([bytesForStream(stdout, entry.keyBytes), Buffer.from('\n')]));
}

async function printTree({ stdout }: CommandContext, entries: AsyncIterable<ListedEntry>): Promise<void> {
  const keys: string[] = [];
  for await (const { key } of entries) keys.push(printable(key));
  for (const line of treeLines(keys)) await writeLine(stdout, line);
}

async function printTables({ stdout }: CommandContext, entries: AsyncIterable<ListedEntry>): Promise<void> {
  let rows = [['REVISION', 'VERSION', 'BYTES', 'SESSION', 'KEY']];
  const flush = async (): Promise<void> => {
    await writeLine(stdout, alignedRows(rows, stdout.isTTY === true));
    rows = [];
  };
  for await (const { modRevision, version, value, session, key } of entries) {
    rows.push([String(modRevision), String(version), String(value?.length), session ?? '-', printable(key)]);
    if (rows.length >= rowsPerTable) await flush();
  }
  if (rows.length > 0) await flush();
}
