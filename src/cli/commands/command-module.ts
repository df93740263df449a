import type { Command } from 'commander';
import type { CommandContext } from '../context.ts';

/** Adds one command to its parent; its action calls `complete` with the exit code. `words` is all that was written. */
export type CommandModule = (
  parent: Command,
  context: CommandContext,
  complete: (exitCode: number) => void,
  words?: readonly string[],
) => void;

/** Help begins with examples. */
export function addExamples(
  command: Command,
  examples: readonly (readonly [line: string, meaning: string])[],
): Command {
  const width = Math.max(...examples.map(([line]) => line.length));
  const lines = examples.map(([line, meaning]) => `  ${line.padEnd(width)}  ${meaning}`.trimEnd());
  return command.addHelpText('before', `Examples:\n${lines.join('\n')}\n`);
}
