import type { Command } from 'commander';

/** What was written before `--`, and the command behind it. */
export interface SplitWords {
  readonly before: readonly string[];
  /** Undefined without dashes, or with nothing behind them. */
  readonly command: readonly [program: string, ...programArguments: string[]] | undefined;
}

/** Without the dashes an option of the command could be taken for one of ours. */
export function splitAtDashes(self: Command, words: readonly string[]): SplitWords {
  const written = rootOf(self).rawArgs;
  const dashes = written.indexOf('--');
  if (dashes < 0) return { before: words, command: undefined };
  const behind = written.slice(dashes + 1);
  const [program, ...programArguments] = behind;
  return {
    before: words.slice(0, words.length - behind.length),
    command: program === undefined ? undefined : [program, ...programArguments],
  };
}

function rootOf(command: Command): Command & { readonly rawArgs: readonly string[] } {
  let root = command;
  while (root.parent !== null) root = root.parent;
  return root as Command & { readonly rawArgs: readonly string[] };
}
