import { type Command, Option } from 'commander';
import type { Selector, WatchEvent } from '../../client/index.ts';
import { withClient } from '../cluster-client.ts';
import { addCommonOptions, type CommonOptions, commonOptions } from '../common-options.ts';
import type { CommandContext } from '../context.ts';
import { exitCodes } from '../exit-code.ts';
import { UsageFailure } from '../failure.ts';
import { untilSignal } from '../interruption.ts';
import { parsePositive } from '../number-words.ts';
import { bytesForStream, write, writeJson, writeMessage } from '../output.ts';
import { splitAtDashes } from '../trailing-command.ts';
import { type EventCommand, runForEvent } from '../watch/event-command.ts';
import { eventJson, keyOf, storedValue } from '../watch/event-json.ts';
import { addExamples, type CommandModule } from './command-module.ts';

const watchHelp = `
With -- COMMAND nothing is printed, and the command is run for each event: one at a time, in order, none left out. It finds
CONCLAVE_EVENT_TYPE (put or delete), CONCLAVE_EVENT_KEY and CONCLAVE_EVENT_REVISION in its environment, and reads the value from its
standard input; with --json, the event as one line of JSON. A key that is no text is CONCLAVE_EVENT_KEY_BASE64 instead. One that ends
with another code than 0 is told on standard error, and the watch goes on. When the watch is told to end, the command that
runs gets TERM and is waited for.

Exit codes: 130 after Ctrl-C, 143 after TERM; 1 an error, as COMPACTED; 126 the command cannot be executed; 127 there is no such command;
64 wrong usage; 69 no cluster.`;

interface WrittenOptions {
  readonly prefix?: string;
  readonly from?: number;
  readonly only?: 'put' | 'delete';
}

interface WatchRunOptions extends CommonOptions {
  readonly selector: Selector;
  readonly fromRevision: number | undefined;
  readonly events: 'put' | 'delete' | undefined;
  readonly command: EventCommand | undefined;
}

export const addWatch: CommandModule = (parent, context, complete) => {
  const command = parent
    .command('watch')
    .description('print every change of a key, or of all keys with a prefix, or run a command for each')
    .usage('(<key> | --prefix <prefix>) [options] [-- <command> [arguments...]]')
    .argument('[key]', 'unless there is --prefix')
    .argument('[command...]', 'after --: what to run for each event, with its arguments')
    .option('--prefix <prefix>', 'all keys that begin so')
    .addOption(
      new Option('--from <revision>', 'the first one that is wanted (default: from now on)').argParser(parsePositive),
    )
    .addOption(new Option('--only <type>', 'events of that type').choices(['put', 'delete']));
  addCommonOptions(command, {
    timeout: 'how long to try until the watch has begun (default: 5s in all)',
    json: 'print one event per line: {revision,type,key,value}',
  });
  addExamples(command, [
    ['conclave watch config/rate', '17 put config/rate 100'],
    ['conclave watch --prefix config/', '18 delete config/rate'],
    ['conclave watch --prefix "" --json', 'everything'],
    ['conclave watch config/rate -- ./reload.sh', 'runs it for each change'],
    ['conclave watch --prefix config/ --from 17', 'also what has happened since revision 17'],
  ]);
  command.addHelpText('after', watchHelp);
  command.action(async (first: string | undefined, more: string[], own: WrittenOptions, self: Command) => {
    const { before, command: program } = splitAtDashes(self, first === undefined ? [] : [first, ...more]);
    const common = commonOptions(self, context.environment);
    const selector = selectorFor(before, own.prefix);
    const eventCommand = program && { words: program, json: common.json };
    complete(
      await watch(context, {
        ...common,
        selector,
        fromRevision: own.from,
        events: own.only,
        command: eventCommand,
      }),
    );
  });
};

function selectorFor([key, ...others]: readonly string[], prefix: string | undefined): Selector {
  if (key !== undefined && others.length === 0 && prefix === undefined) return key;
  if (key === undefined && prefix !== undefined) return { prefix };
  throw new UsageFailure('watch takes a KEY or --prefix PREFIX, one of the two');
}

function watch(context: CommandContext, options: WatchRunOptions): Promise<number> {
  const { selector, fromRevision, events: wanted, command } = options;
  return untilSignal(context.signals, (signal) =>
    withClient(context, { ...options, signal }, async (client, firstCall) => {
      const watching = await firstCall((timeoutMs) =>
        client.watch(selector, { signal, timeoutMs, fromRevision, events: wanted }),
      );
      await writeMessage(context.stderr, `watching from ${watching.startRevision}`);
      for await (const { revision, events } of watching) {
        for (const event of events) {
          if (command === undefined) await printEvent(context, revision, event, options.json);
          else {
            const exitCode = await handleEvent(context, command, revision, event, signal);
            if (exitCode !== exitCodes.success) return exitCode;
          }
        }
      }
      return exitCodes.success;
    }),
  );
}

/** What the watch is to end with; a command that has failed does not end it. */
async function handleEvent(
  context: CommandContext,
  command: EventCommand,
  revision: number,
  event: WatchEvent,
  signal: AbortSignal,
): Promise<number> {
  // What is left of a revision when the watch was told to end is not begun.
  signal.throwIfAborted();
  const end = await runForEvent(context, command, revision, event, signal);
  if (end.kind === 'not started') {
    await writeMessage(context.stderr, `conclave: ${end.reason}`);
    return end.exitCode;
  }
  if (end.exitCode !== exitCodes.success && !signal.aborted) {
    await writeMessage(context.stderr, `conclave: for revision ${revision} the command has ended with ${end.exitCode}`);
  }
  return exitCodes.success;
}

async function printEvent(context: CommandContext, revision: number, event: WatchEvent, json: boolean): Promise<void> {
  const { stdout } = context;
  if (json) {
    await writeJson(stdout, eventJson(revision, event));
    return;
  }
  const value = storedValue(event);
  const shown = [keyOf(event), ...(value === undefined ? [] : [value])];
  const parts = shown.flatMap((bytes) => [Buffer.from(' '), bytesForStream(stdout, bytes)]);
  await write(stdout, Buffer.concat([Buffer.from(`${revision} ${event.type}`), ...parts, Buffer.from('\n')]));
}
