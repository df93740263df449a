import { Argument, Command, Option } from 'commander';
import { expect, test } from 'vitest';
import { commandWords } from '../../../src/cli/completion/command-words.ts';
import { zshScript } from '../../../src/cli/completion/zsh-script.ts';

function program(): Command {
  const root = new Command('tool').helpCommand(false);
  const group = root.command('group').description('many\n  things').helpCommand(false);
  group.command('do').description("somebody's").option('--loud').requiredOption('-n, --name <name>', 'who');
  root.command('paint').addArgument(new Argument('<color>').choices(['red', 'blue']));
  root.command('hidden', { hidden: true });
  group.addOption(new Option('--format <format>').choices(['text', 'nagios']));
  return root;
}

test('of every command: what can follow it, its options, and what follows those', () => {
  const words = commandWords(program());
  expect(words.map(({ path }) => path)).toEqual(['', 'group', 'group do', 'paint', 'hidden']);
  const [root, group, leaf, paint] = words;
  expect(root?.words).toEqual([
    { word: 'group', description: 'many things' },
    { word: 'paint', description: '' },
  ]);
  expect(paint?.words.map(({ word }) => word)).toEqual(['red', 'blue']);
  expect(group?.options.find(({ word }) => word === '--format')).toMatchObject({
    takesValue: true,
    choices: ['text', 'nagios'],
  });
  expect(leaf?.options.map(({ word, takesValue }) => [word, takesValue])).toEqual([
    ['--loud', false],
    ['--name', true],
    ['--help', false],
  ]);
});

test('zsh is told what each word means, however that is written', () => {
  const script = zshScript('tool', commandWords(program()));
  expect(script).toMatch(/^#compdef tool\n/);
  expect(script).toContain(`known=('group:many things' 'paint:')`);
  expect(script).toContain(`known=('do:somebody'\\''s')`);
  expect(script).toContain('valued=(--name)');
});
