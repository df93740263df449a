import { availableParallelism } from 'node:os';
import { expect, test } from 'vitest';
import { overridesOf, parseOptions, repeatCommand, simCommand } from '../../scripts/sim/options.ts';

simCommand.exitOverride().configureOutput({ writeErr: () => {} });

function parse(...args: string[]): ReturnType<typeof parseOptions> {
  return parseOptions(['node', 'sim', ...args]);
}

test('nothing has to be said', () => {
  const defaults = { keepGoing: false, light: false, shrink: true, shrinkSeconds: 60, json: false, verbose: false };
  expect(parse()).toEqual({ ...defaults, jobs: availableParallelism() });
});

test('everything can be said', () => {
  const args = [
    '--seeds',
    '2',
    '--seed',
    '4294967294',
    '--minutes',
    '0.5',
    '--nodes',
    '5',
    '--light',
    '--no-shrink',
    '--keep-going',
  ];
  expect(parse(...args)).toMatchObject({
    seeds: 2,
    seed: 4_294_967_294,
    minutes: 0.5,
    nodes: 5,
    light: true,
    shrink: false,
    keepGoing: true,
  });
  expect(parse('--mutants').mutants).toBe(true);
  expect(parse('--mutants', 'canary', 'control').mutants).toEqual(['canary', 'control']);
  expect(parse('--recipes').recipes).toBe(true);
  expect(parse('--recipes', 'queue', 'latch', '--seeds', '2')).toMatchObject({ recipes: ['queue', 'latch'], seeds: 2 });
});

test('a run is repeated under what was fixed', () => {
  expect(overridesOf(parse('--seed', '7'))).toEqual({});
  expect(repeatCommand(7, parse())).toBe('npm run sim -- --seed 7');
  expect(overridesOf(parse('--nodes', '5', '--light'))).toEqual({ chaosMs: 10_000, thinkMs: 200, nodes: 5 });
  expect(repeatCommand(7, parse('--nodes', '5', '--light'))).toBe('npm run sim -- --seed 7 --nodes 5 --light');
});

test.each([
  [['--seed', '4294967295', '--seeds', '2'], 'seeds end at 4294967295'],
  [['--seed', '4294967296'], 'not a whole number: 0 to 4294967295'],
  [['--seed', '-1'], 'not a whole number'],
  [['--seed', '1e3'], 'not a whole number'],
  [['--seed', ''], 'not a whole number'],
  [['--seeds', '0'], 'not a whole number: 1 or more'],
  [['--minutes', 'x'], 'not a positive number'],
  [['--minutes', '0'], 'not a positive number'],
  [['--nodes', '4'], '3 or 5'],
  [['--plan', 'x.json', '--seeds', '3'], 'exclude each other'],
  [['--mutants', '--minutes', '3'], 'exclude each other'],
  [['--recipes', '--nodes', '3'], '--recipes excludes'],
  [['--recipes', '--light'], '--recipes excludes'],
  [['--recipes', 'queue', 'ring'], "no recipe 'ring' in the simulator"],
  [['--plan', 'x.json', '--seed', '3'], 'a plan has its own seed, nodes and calls'],
  [['--plan', 'x.json', '--light'], 'a plan has its own seed, nodes and calls'],
  [['--plan', 'x.json', '--nodes', '3'], 'a plan has its own seed, nodes and calls'],
  [['stray'], 'too many arguments'],
])('%j is refused', (args, why) => {
  expect(() => parse(...args)).toThrow(why);
});
