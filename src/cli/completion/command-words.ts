import type { Command } from 'commander';

/** What may be written after a command's own words. */
export interface CommandWords {
  /** As it is written: `member add`; empty: the program itself. */
  readonly path: string;
  /** Commands beneath it, or what its argument can be; empty: anything. */
  readonly words: readonly DescribedWord[];
  readonly options: readonly OptionWord[];
}

export interface DescribedWord {
  readonly word: string;
  /** One line. */
  readonly description: string;
}

export interface OptionWord extends DescribedWord {
  /** Another word follows. */
  readonly takesValue: boolean;
  /** What that word can be; empty: anything. */
  readonly choices: readonly string[];
}

/** The program and all commands beneath it. */
export function commandWords(program: Command): readonly CommandWords[] {
  return wordsOf(program, '');
}

function wordsOf(command: Command, path: string): readonly CommandWords[] {
  const help = command.createHelp();
  const commands = help.visibleCommands(command);
  const choices = command.registeredArguments[0]?.argChoices ?? [];
  const own: CommandWords = {
    path,
    words: [
      ...commands.map((child) => ({ word: child.name(), description: oneLine(child.description()) })),
      ...choices.map((word) => ({ word, description: '' })),
    ],
    options: help.visibleOptions(command).flatMap((option) => {
      const { long, description, argChoices = [] } = option;
      const takesValue = option.required || option.optional;
      return long == null ? [] : [{ word: long, description: oneLine(description), takesValue, choices: argChoices }];
    }),
  };
  const beneath = command.commands.flatMap((child) =>
    wordsOf(child, path === '' ? child.name() : `${path} ${child.name()}`),
  );
  return [own, ...beneath];
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}
