import { type Command, Option } from 'commander';
import type { Bytes, Client, ConditionalPutOptions, Entry } from '../../client/index.ts';
import { type FirstCall, withClient } from '../cluster-client.ts';
import { addCommonOptions, type CommonOptions, commonOptions } from '../common-options.ts';
import type { CommandContext } from '../context.ts';
import { bytesJson, entryJson } from '../entry-json.ts';
import { exitCodes } from '../exit-code.ts';
import { UsageFailure } from '../failure.ts';
import { untilSignal } from '../interruption.ts';
import { printValue } from '../keys/print-value.ts';
import { parsePositive } from '../number-words.ts';
import { bytesForStream, write, writeJson, writeMessage } from '../output.ts';
import { holdSession } from '../session/hold-session.ts';
import { parseTtl } from '../session/session-ttl.ts';
import { addExamples, type CommandModule } from './command-module.ts';

const putHelp = `
--ephemeral: the key lives as long as this command, which goes on until it is interrupted (exit code 130) or its session is lost, as when
no node answers for longer than --ttl (exit code 76). Then the key is gone.

--sequential: a new key, never one that was there: KEY, and a number of 20 digits that is larger than that of every key made so before.

Exit codes: 0 written; 1 not written, since the condition did not hold, or an error; 64 wrong usage; 69 no cluster.`;

interface WrittenOptions {
  readonly ifAbsent?: true;
  readonly ifRevision?: number;
  readonly previous?: true;
  readonly sequential?: true;
  readonly ephemeral?: true;
  readonly ttl?: number;
}

export const addPut: CommandModule = (parent, context, complete) => {
  const command = parent
    .command('put')
    .description('set a key to a value')
    .argument('<key>')
    .argument(
      '<value>',
      "the value; '-' reads it from standard input, '--' before it allows one that begins with a dash",
    )
    .addOption(new Option('--if-absent', 'only if there is no such key').conflicts(['ifRevision', 'sequential']))
    .addOption(
      new Option('--if-revision <number>', 'only if it has not been put since it had this modRevision')
        .argParser(parsePositive)
        .conflicts('sequential'),
    )
    .addOption(new Option('--previous', 'print the value that was there before').conflicts('sequential'))
    .option('--sequential', 'a new key that begins with KEY and ends with a number; it is printed')
    .option('--ephemeral', 'the key is there as long as this command runs')
    .addOption(
      new Option('--ttl <duration>', 'how long an ephemeral key outlives this process (default: 10s)').argParser(
        parseTtl,
      ),
    );
  addCommonOptions(command, {
    json: 'print {revision}; with a condition also written, with --previous also previous, with --sequential also key',
  });
  addExamples(command, [
    ['conclave put config/rate 100', ''],
    ['conclave put config/file - < settings.json', 'the value from standard input'],
    ['conclave put config/rate 100 --json', 'print the revision'],
    ['conclave put jobs/7 worker-a --if-absent', 'exit code 1 if somebody else was first'],
    ['conclave put queue/ "do this" --sequential', 'queue/00000000000000000042'],
    ['conclave put workers/a up --ephemeral --ttl 5s', 'until Ctrl-C'],
  ]);
  command.addHelpText('after', putHelp);
  command.action(async (key: string, value: string, own: WrittenOptions, self: Command) => {
    if (own.ttl !== undefined && own.ephemeral !== true) throw new UsageFailure('--ttl goes with --ephemeral');
    complete(await put(context, key, value, own, commonOptions(self, context.environment)));
  });
};

async function put(
  context: CommandContext,
  key: string,
  value: string,
  own: WrittenOptions,
  options: CommonOptions,
): Promise<number> {
  const fromStdin = value === '-';
  const bytes = fromStdin ? await context.readStdin() : value;
  const settings = { ...options, waitingSinceMs: fromStdin ? performance.now() : undefined };
  if (own.ephemeral !== true) {
    return await withClient(context, settings, (client, firstCall) =>
      putOnce(context, client, firstCall, key, bytes, own, options),
    );
  }
  return await untilSignal(context.signals, (signal) => {
    const session = { ttlMs: own.ttl, name: 'conclave put --ephemeral', onExpiry: 'close' } as const;
    return withClient(context, { ...settings, signal, session }, async (client, firstCall) => {
      const exitCode = await putOnce(context, client, firstCall, key, bytes, own, options);
      if (exitCode !== exitCodes.success) return exitCode;
      await writeMessage(context.stderr, 'conclave: the key is there until this command ends');
      const end = await holdSession(client, signal, () => Promise.resolve());
      if (end === 'ended') return exitCodes.success;
      await writeMessage(context.stderr, 'conclave: the session has expired, and the key is gone');
      return exitCodes.lockLost;
    });
  });
}

async function putOnce(
  { stdout, stderr }: CommandContext,
  client: Client,
  firstCall: FirstCall,
  key: string,
  value: Bytes,
  own: WrittenOptions,
  { json }: CommonOptions,
): Promise<number> {
  const { ephemeral = false, previous: asksPrevious = false, ifAbsent, ifRevision } = own;
  if (own.sequential === true) {
    const made = await firstCall((timeoutMs) => client.createSequential(key, value, { ephemeral, timeoutMs }));
    if (json) await writeJson(stdout, { ...bytesJson('key', made.keyBytes), revision: made.revision });
    else await write(stdout, Buffer.concat([bytesForStream(stdout, made.keyBytes), Buffer.from('\n')]));
    return exitCodes.success;
  }
  const asked: ConditionalPutOptions = { ephemeral, previous: asksPrevious, ifAbsent, ifUnchanged: ifRevision };
  const { written, revision, previous } = await firstCall((timeoutMs) =>
    client.put(key, value, { ...asked, timeoutMs }),
  );
  const isConditional = ifAbsent === true || ifRevision !== undefined;
  if (json) {
    const shown = { ...(isConditional && { written }), ...(asksPrevious && { previous: entryOrNull(previous) }) };
    await writeJson(stdout, { revision, ...shown });
  } else if (asksPrevious && previous !== undefined) await printValue(stdout, previous.value);
  if (written) return exitCodes.success;
  if (!json) await writeMessage(stderr, `conclave: not written: ${refusal(own)}`);
  return exitCodes.failure;
}

function entryOrNull(entry: Entry | undefined): unknown {
  return entry === undefined ? null : entryJson(entry);
}

function refusal({ ifRevision }: WrittenOptions): string {
  return ifRevision === undefined ? 'there is such a key' : `the key is not as it was at revision ${ifRevision}`;
}
