import { type ChildProcess, spawn } from 'node:child_process';
import { exitCodes, signalExitCode } from './exit-code.ts';

/** How a command came to its end. */
export type CommandEnd =
  | { readonly kind: 'ended'; readonly exitCode: number }
  | { readonly kind: 'not started'; readonly exitCode: number; readonly reason: string };

export interface StartedCommand {
  /** Sends a signal; none to a command that never ran or has ended. */
  kill(signal: NodeJS.Signals): void;
  readonly end: Promise<CommandEnd>;
}

/** Starts the command in our own process group, with our standard streams, or with the input that is given. */
export function startCommand(
  command: string,
  commandArguments: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  input?: Uint8Array,
): StartedCommand {
  let child: ChildProcess;
  try {
    const stdin = input === undefined ? 'inherit' : 'pipe';
    child = spawn(command, commandArguments, { stdio: [stdin, 'inherit', 'inherit'], env: { ...environment } });
    // A command need not read what it is given.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  } catch (error) {
    return { kill: () => undefined, end: Promise.resolve(notStarted(command, error)) };
  }
  const end = new Promise<CommandEnd>((resolve) => {
    child.on('error', (error) => {
      if (child.pid === undefined) resolve(notStarted(command, error));
    });
    child.once('exit', (code, signal) => {
      resolve({ kind: 'ended', exitCode: signal === null ? (code ?? exitCodes.failure) : signalExitCode(signal) });
    });
  });
  return { kill: (signal) => void child.kill(signal), end };
}

/** As shells have it: 127 if there is no such command, 126 if it cannot be executed. */
function notStarted(command: string, error: unknown): CommandEnd {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (command === '' || code === 'ENOENT') {
    return { kind: 'not started', exitCode: exitCodes.notFound, reason: `${command}: command not found` };
  }
  const reason = code === 'EACCES' ? 'permission denied' : error instanceof Error ? error.message : String(error);
  return { kind: 'not started', exitCode: exitCodes.notExecutable, reason: `${command}: ${reason}` };
}
