import type { Command } from 'commander';
import { bashScript } from './bash-script.ts';
import { commandWords } from './command-words.ts';
import { zshScript } from './zsh-script.ts';

/** What the shell has to source, to complete all commands of the program. */
export function completionScript(shell: 'bash' | 'zsh', program: Command): string {
  const words = commandWords(program);
  return shell === 'bash' ? bashScript(program.name(), words) : zshScript(program.name(), words);
}
