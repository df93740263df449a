import type { Command } from 'commander';
import type { Client, Entry, Selector } from '../../client/index.ts';
import { type FirstCall, withClient } from '../cluster-client.ts';
import { addCommonOptions, type CommonOptions, commonOptions } from '../common-options.ts';
import type { CommandContext } from '../context.ts';
import { entryJson } from '../entry-json.ts';
import { exitCodes } from '../exit-code.ts';
import { bytesForStream, write, writeJson } from '../output.ts';
import { addExamples, type CommandModule } from './command-module.ts';

const pageEntries = 1_000;

export const addLs: CommandModule = (parent, context, complete) => {
  const command = parent
    .command('ls')
    .description('list the keys, all or those with a prefix, in byte order')
    .argument('[prefix]');
  addCommonOptions(command, { json: 'print one entry per line: {key,value,createRevision,modRevision,version}' });
  addExamples(command, [
    ['conclave ls', 'every key'],
    ['conclave ls config/', 'those that begin with config/'],
    ['conclave ls config/ --json', 'with their values'],
  ]);
  command.action(async (prefix: string | undefined, _options: unknown, self: Command) => {
    complete(await ls(context, prefix ?? '', commonOptions(self, context.environment)));
  });
};

async function ls(context: CommandContext, prefix: string, options: CommonOptions): Promise<number> {
  await withClient(context, options, async (client, firstCall) => {
    for await (const entry of entriesWith(client, prefix, firstCall, options.timeoutMs)) {
      if (options.json) await writeJson(context.stdout, entryJson(entry));
      else await printKey(context, entry);
    }
  });
  return exitCodes.success;
}

function printKey({ stdout }: CommandContext, { keyBytes }: Entry): Promise<void> {
  return write(stdout, Buffer.concat([bytesForStream(stdout, keyBytes), Buffer.from('\n')]));
}

/** All entries as of one revision, page by page. */
async function* entriesWith(
  client: Client,
  prefix: string,
  firstCall: FirstCall,
  laterTimeoutMs: number | undefined,
): AsyncGenerator<Entry> {
  let selector: Selector = { prefix };
  let revision: number | undefined;
  for (;;) {
    const read = (timeoutMs: number | undefined) => client.range(selector, { limit: pageEntries, revision, timeoutMs });
    const page = revision === undefined ? await firstCall(read) : await read(laterTimeoutMs);
    revision ??= page.revision;
    yield* page.entries;
    const last = page.entries.at(-1);
    if (!page.more || last === undefined) return;
    selector = { from: Buffer.concat([last.keyBytes, Buffer.of(0)]), to: endOfPrefix(Buffer.from(prefix)) };
  }
}

/** The first key after all that begin with the prefix; none if there is no such key. */
export function endOfPrefix(prefix: Uint8Array): Uint8Array | undefined {
  const lastRaisable = prefix.findLastIndex((byte) => byte < 0xff);
  if (lastRaisable < 0) return undefined;
  const end = prefix.slice(0, lastRaisable + 1);
  end[lastRaisable] = (end[lastRaisable] ?? 0) + 1;
  return end;
}
