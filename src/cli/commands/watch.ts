import type { Command } from 'commander';
import type { Selector, WatchEvent } from '../../client/index.ts';
import { withClient } from '../cluster-client.ts';
import { addCommonOptions, type CommonOptions, commonOptions } from '../common-options.ts';
import type { CommandContext } from '../context.ts';
import { bytesJson } from '../entry-json.ts';
import { exitCodes, signalExitCode } from '../exit-code.ts';
import { UsageFailure } from '../failure.ts';
import { bytesForStream, write, writeJson, writeMessage } from '../output.ts';
import { addExamples, type CommandModule } from './command-module.ts';

const endingSignals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const satisfies readonly NodeJS.Signals[];

export const addWatch: CommandModule = (parent, context, complete) => {
  const command = parent
    .command('watch')
    .description('print every change of a key, or of all keys with a prefix, from now on')
    .argument('[key]')
    .option('--prefix <prefix>', 'all keys that begin so');
  addCommonOptions(command, {
    timeout: 'how long to try until the watch has begun (default: 5s in all)',
    json: 'print one event per line: {revision,type,key,value}',
  });
  addExamples(command, [
    ['conclave watch config/rate', '17 put config/rate 100'],
    ['conclave watch --prefix config/', '18 delete config/rate'],
    ['conclave watch --prefix "" --json', 'everything'],
  ]);
  command.action(async (key: string | undefined, { prefix }: { prefix?: string }, self: Command) => {
    complete(await watch(context, selectorFor(key, prefix), commonOptions(self, context.environment)));
  });
};

function selectorFor(key: string | undefined, prefix: string | undefined): Selector {
  if (key !== undefined && prefix === undefined) return key;
  if (key === undefined && prefix !== undefined) return { prefix };
  throw new UsageFailure('watch takes a KEY or --prefix PREFIX, one of the two');
}

async function watch(context: CommandContext, selector: Selector, options: CommonOptions): Promise<number> {
  const ending = new AbortController();
  let endedBy: NodeJS.Signals | undefined;
  const onSignal = (signal: NodeJS.Signals): void => {
    endedBy ??= signal;
    ending.abort();
  };
  for (const signal of endingSignals) context.signals.on(signal, onSignal);
  const { signal } = ending;
  try {
    await withClient(context, { ...options, signal }, async (client, firstCall) => {
      const watching = await firstCall((timeoutMs) => client.watch(selector, { signal, timeoutMs }));
      await writeMessage(context.stderr, `watching from ${watching.startRevision}`);
      for await (const { revision, events } of watching) {
        for (const event of events) await printEvent(context, revision, event, options.json);
      }
    });
  } catch (error) {
    if (endedBy === undefined) throw error;
  } finally {
    for (const name of endingSignals) context.signals.off(name, onSignal);
  }
  return endedBy === undefined ? exitCodes.success : signalExitCode(endedBy);
}

async function printEvent(context: CommandContext, revision: number, event: WatchEvent, json: boolean): Promise<void> {
  const { stdout } = context;
  const { type } = event;
  const value = type === 'put' ? event.entry.value : undefined;
  if (json) {
    const shownValue = value === undefined ? {} : bytesJson('value', value);
    await writeJson(stdout, { revision, type, ...bytesJson('key', keyOf(event)), ...shownValue });
    return;
  }
  const shown = [keyOf(event), ...(value === undefined ? [] : [value])];
  const parts = shown.flatMap((bytes) => [Buffer.from(' '), bytesForStream(stdout, bytes)]);
  await write(stdout, Buffer.concat([Buffer.from(`${revision} ${type}`), ...parts, Buffer.from('\n')]));
}

/** As the key was written, which need not be text. */
function keyOf(event: WatchEvent): Uint8Array {
  const entry = event.type === 'put' ? event.entry : event.previous;
  return entry?.keyBytes ?? Buffer.from(event.key);
}
