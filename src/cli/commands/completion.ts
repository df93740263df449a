import { Argument } from 'commander';
import { bashScript } from '../completion/bash-script.ts';
import { commandWords } from '../completion/command-words.ts';
import { zshScript } from '../completion/zsh-script.ts';
import { exitCodes } from '../exit-code.ts';
import { write } from '../output.ts';
import { addExamples, type CommandModule } from './command-module.ts';

const scripts = { bash: bashScript, zsh: zshScript } as const;

export const addCompletion: CommandModule = (parent, context, complete) => {
  const command = parent
    .command('completion')
    .description('print what makes a shell complete commands and options')
    .addArgument(new Argument('<shell>').choices(Object.keys(scripts)));
  addExamples(command, [
    ['source <(conclave completion bash)', 'in this bash; for all: add the line to ~/.bashrc'],
    ['source <(conclave completion zsh)', 'in this zsh; for all: add the line to ~/.zshrc, after compinit'],
  ]);
  command.action(async (shell: keyof typeof scripts) => {
    await write(context.stdout, scripts[shell](parent.name(), commandWords(parent)));
    complete(exitCodes.success);
  });
};
