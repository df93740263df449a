import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { exitCodes } from '../../src/cli/exit-code.ts';
import { World } from '../cli/fake-context.ts';
import { projectRoot } from './readme.ts';

const [, chapter = ''] = readFileSync(`${projectRoot}README.md`, 'utf8').split('\n## The command line\n');
const [commandLine = ''] = chapter.split('\n## ');

/** The first cells of the tables with this heading. */
function firstCells(heading: string): readonly string[] {
  const [, table = ''] = commandLine.split(`| ${heading} |`);
  const [rows = ''] = table.split('\n\n');
  return rows
    .split('\n')
    .slice(2)
    .map((row) => row.split(' | ')[0] ?? '');
}

/** All commands that do something, as their help tells of them. */
async function commandsUnder(words: readonly string[]): Promise<readonly string[]> {
  const world = new World();
  await world.run(...words, '--help');
  const [, list = ''] = world.stdout.text.split('\nCommands:\n');
  const [lines = ''] = list.split('\n\n');
  const names = [...lines.matchAll(/^ {2}([a-z-]+)/gm)].map(([, name = '']) => name).filter((name) => name !== 'help');
  if (names.length === 0) return [words.join(' ')];
  return (await Promise.all(names.map((name) => commandsUnder([...words, name])))).flat();
}

test('every command is in the README', async () => {
  const commands = await commandsUnder([]);
  expect(commands.length).toBeGreaterThan(25);
  const cells = firstCells('command | does').join();
  expect(commands.filter((command) => !new RegExp(`\`${command}[ \`]`).test(cells))).toEqual([]);
});

test('every exit code is in the README', () => {
  const cells = firstCells('exit | means').join();
  const missing = Object.values(exitCodes).filter((exitCode) => !new RegExp(`\\b${exitCode}\\b`).test(cells));
  expect(missing).toEqual([]);
});
