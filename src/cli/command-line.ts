import { Command, CommanderError } from 'commander';
import { programVersion } from '../server/version.ts';
import { addCheck } from './commands/check.ts';
import { addExamples } from './commands/command-module.ts';
import { addCompact } from './commands/compact.ts';
import { addCompletion } from './commands/completion.ts';
import { addCounter } from './commands/counter.ts';
import { addDel } from './commands/del.ts';
import { addElect } from './commands/elect.ts';
import { addEvents } from './commands/events.ts';
import { addGet } from './commands/get.ts';
import { addHash } from './commands/hash.ts';
import { addInspect } from './commands/inspect.ts';
import { addLeaderCommands } from './commands/leader.ts';
import { addLock } from './commands/lock.ts';
import { addLocks } from './commands/locks.ts';
import { addLog } from './commands/log.ts';
import { addLs } from './commands/ls.ts';
import { addMemberCommands } from './commands/member.ts';
import { addPut } from './commands/put.ts';
import { addServe } from './commands/serve.ts';
import { addSession } from './commands/session.ts';
import { addSessions } from './commands/sessions.ts';
import { addSettings } from './commands/settings.ts';
import { addSnapshot } from './commands/snapshot.ts';
import { addStatus } from './commands/status.ts';
import { addTxn } from './commands/txn.ts';
import { addUp } from './commands/up.ts';
import { addWatch } from './commands/watch.ts';
import { addWatches } from './commands/watches.ts';
import { addCommonOptions } from './common-options.ts';
import type { CommandContext } from './context.ts';
import { exitCodes } from './exit-code.ts';
import { describeFailure, UsageFailure } from './failure.ts';
import { isBrokenPipe, writeMessage } from './output.ts';

const modules = [
  addGet,
  addPut,
  addDel,
  addLs,
  addTxn,
  addWatch,
  addCounter,
  addLock,
  addElect,
  addSession,
  addCompact,
  addStatus,
  addSessions,
  addLocks,
  addWatches,
  addHash,
  addCheck,
  addEvents,
  addLog,
  addMemberCommands,
  addLeaderCommands,
  addSettings,
  addServe,
  addUp,
  addInspect,
  addSnapshot,
  addCompletion,
];

/** Runs one command line, without the program's own name, and resolves with the exit code. Never rejects. */
export async function runCommandLine(words: readonly string[], context: CommandContext): Promise<number> {
  let exitCode: number = exitCodes.success;
  const program = buildProgram(words, context, (code) => {
    exitCode = code;
  });
  try {
    refuseMangledWords(words);
    await program.parseAsync(words, { from: 'user' });
    return exitCode;
  } catch (error) {
    return await reportFailure(error, context);
  }
}

/** Node.js has replaced what is not UTF-8, so that two keys would look alike and a value would be stored as another. */
function refuseMangledWords(words: readonly string[]): void {
  const word = words.find((candidate) => candidate.includes('\ufffd'));
  if (word === undefined) return;
  throw new UsageFailure(`'${word}' is not UTF-8; for a value of any bytes there is standard input: put KEY -`);
}

function buildProgram(
  words: readonly string[],
  context: CommandContext,
  complete: (exitCode: number) => void,
): Command {
  const program = new Command('conclave')
    .description('Locks, watches, sequence numbers and configuration, kept strictly consistent by a cluster of nodes.')
    .version(programVersion, '-V, --version')
    .enablePositionalOptions()
    .showHelpAfterError("(add --help for examples and options, or see 'conclave --help')")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void context.stdout.write(text, () => undefined),
      writeErr: (text) => void context.stderr.write(text, () => undefined),
      getOutHelpWidth: () => context.stdout.columns ?? 100,
      getErrHelpWidth: () => context.stderr.columns ?? 100,
    });
  addCommonOptions(program);
  addExamples(program, [
    ['conclave up', 'start a local cluster of three nodes'],
    ['conclave put greeting hello', 'set a key'],
    ['conclave get greeting', 'read it'],
    ['conclave watch --prefix ""', 'see every change'],
    ['conclave lock nightly -- ./backup.sh', 'run a command under a lock'],
    ['conclave status', 'who leads, and who is there'],
  ]);
  for (const add of modules) add(program, context, complete, words);
  return program;
}

async function reportFailure(error: unknown, context: CommandContext): Promise<number> {
  // Commander has said already what there is to say.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.success : exitCodes.usage;
  if (isBrokenPipe(error)) return exitCodes.success;
  const failure = describeFailure(error);
  for (const line of failure.lines) await writeMessage(context.stderr, line);
  if (error instanceof UsageFailure) await writeMessage(context.stderr, '(add --help for examples and options)');
  return failure.exitCode;
}
