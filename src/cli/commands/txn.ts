import type { Command } from 'commander';
import { withClient } from '../cluster-client.ts';
import { addCommonOptions, type CommonOptions, commonOptions } from '../common-options.ts';
import type { CommandContext } from '../context.ts';
import { exitCodes } from '../exit-code.ts';
import { UsageFailure } from '../failure.ts';
import { bytesForStream, write, writeJson, writeLine, writeMessage } from '../output.ts';
import { parseJson } from '../txn/json-form.ts';
import { readTransaction } from '../txn/operations.ts';
import { resultLines, resultsJson } from '../txn/results.ts';
import { parseText } from '../txn/text-form.ts';
import { addExamples, type CommandModule } from './command-module.ts';

const txnHelp = `
Several changes at once, if nothing has changed meanwhile. On standard input stand up to three sections, in this order: "if" with
conditions, "then" with what is done if all of them hold, "else" with what is done otherwise:

  if
    exists config/rate              # a comment
    value config/rate = 100
  then
    put config/rate 200
    put config/why "more traffic"   # in quotes as JSON has them
  else
    get config/rate

Conditions, of which an absent key has version and revisions 0, no owner, and no value:
  exists KEY                        absent KEY
  value KEY =|!=|<|> VALUE          in the order of bytes
  version KEY =|!=|<|> NUMBER       createRevision and modRevision likewise
  owner KEY = SESSION|none          who an ephemeral key dies with
  counter NAME =|!=|<|> NUMBER
  lockHeld NAME TOKEN               the lock is still held with that token

Operations, each of which sees what those before it have written:
  put KEY VALUE    get KEY    delete KEY (or del KEY)
  txn, and up to a line "end" a transaction within this one, with sections of its own

What begins with a brace is JSON, with the same words as arrays: {"if": [["value","config/rate","=","100"]], "then": [["put","config/rate",
"200"],{"txn": {"then": [["get","a"]]}}]}. A word may be a whole number there, and {"base64": "AP8K"} stands for any bytes.

The first line of the output says whether the conditions held, and at which revision; then comes a line for each operation.

Exit codes: 0 the conditions held; 1 they did not, or an error; 64 wrong usage, or what standard input says is no transaction; 69 no
cluster.`;

export const addTxn: CommandModule = (parent, context, complete) => {
  const command = parent.command('txn').description('several changes at once, under conditions, from standard input');
  addCommonOptions(command, { json: 'print {succeeded,revision,results}' });
  addExamples(command, [
    ['conclave txn < change.txn', 'exit code 1 if the conditions did not hold'],
    ["printf 'if\\nabsent a\\nthen\\nput a 1\\nput b 1\\n' | conclave txn", 'succeeded, revision 42'],
    ['echo \'{"then": [["get","a"],["get","b"]]}\' | conclave txn --json', 'two keys of one revision'],
  ]);
  command.addHelpText('after', txnHelp);
  command.action(async (_options: unknown, self: Command) => {
    complete(await txn(context, commonOptions(self, context.environment)));
  });
};

async function txn(context: CommandContext, options: CommonOptions): Promise<number> {
  if (context.stdinIsTerminal) await writeMessage(context.stderr, 'conclave: write the transaction, then Ctrl-D');
  const text = textOf(await context.readStdin());
  const transaction = readTransaction(text.trimStart().startsWith('{') ? parseJson(text) : parseText(text));
  const settings = { ...options, waitingSinceMs: performance.now() };
  const outcome = await withClient(context, settings, (client, firstCall) =>
    firstCall((timeoutMs) => client.txn(transaction.branches, { timeoutMs })),
  );
  const { succeeded, revision } = outcome;
  if (options.json) {
    await writeJson(context.stdout, { succeeded, revision, results: resultsJson(transaction, outcome) });
  } else {
    await writeLine(context.stdout, `${succeeded ? 'succeeded' : 'failed'}, revision ${revision}`);
    for (const line of resultLines(transaction, outcome)) {
      await write(context.stdout, Buffer.concat([bytesForStream(context.stdout, line), Buffer.from('\n')]));
    }
  }
  return succeeded ? exitCodes.success : exitCodes.failure;
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new UsageFailure('standard input is not UTF-8; in JSON, {"base64": "…"} stands for any bytes', {
      cause: error,
    });
  }
}
