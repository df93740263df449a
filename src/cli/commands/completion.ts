import { Argument } from 'commander';
import { exitCodes } from '../exit-code.ts';
import { write } from '../output.ts';
import { addExamples, type CommandModule } from './command-module.ts';

const shells = ['bash', 'zsh'] as const;

export const addCompletion: CommandModule = (parent, context, complete) => {
  const command = parent
    .command('completion')
    .description('print what makes a shell complete commands and options')
    .addArgument(new Argument('<shell>').choices(shells));
  addExamples(command, [
    ['source <(conclave completion bash)', 'in this bash; for all: add the line to ~/.bashrc'],
    ['source <(conclave completion zsh)', 'in this zsh; for all: add the line to ~/.zshrc, after compinit'],
  ]);
  command.action(async (shell: (typeof shells)[number]) => {
    const { completionScript } = await import('../completion/completion-script.ts');
    await write(context.stdout, completionScript(shell, parent));
    complete(exitCodes.success);
  });
};
