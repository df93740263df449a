import type { CommandContext } from './context.ts';
import { CommandFailure, UsageFailure } from './failure.ts';
import { writeMessage } from './output.ts';

/** Before anything is asked of anybody: without somebody to ask there has to be a word. @throws UsageFailure */
export function refuseUnasked({ stdinIsTerminal }: CommandContext, command: string, yes: boolean): void {
  if (yes || stdinIsTerminal) return;
  throw new UsageFailure(`${command} asks before it does anything, and standard input is no terminal: say --yes`);
}

/** Says what is going to happen, and asks unless that was answered before. @throws CommandFailure NOT_CONFIRMED */
export async function confirm(context: CommandContext, consequences: readonly string[], yes: boolean): Promise<void> {
  for (const line of consequences) await writeMessage(context.stderr, line);
  if (yes) return;
  const answer = await context.ask('Go on? [y/N] ');
  if (/^\s*y(?:es)?\s*$/i.test(answer)) return;
  throw new CommandFailure('NOT_CONFIRMED', 'nothing was changed');
}
