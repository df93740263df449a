import { expect, test } from 'vitest';
import { chaosCommand, parseOptions, repeatCommand } from '../../scripts/chaos/options.ts';

chaosCommand.exitOverride().configureOutput({ writeErr: () => {} });

function parse(...args: string[]): ReturnType<typeof parseOptions> {
  return parseOptions(['node', 'chaos', ...args]);
}

test('nothing has to be said', () => {
  expect(parse()).toEqual({ minutes: 5, nodes: 3, workload: 'mixed', workers: 5, json: false });
});

test('everything can be said, and the command to repeat a run says it again', () => {
  const said = '--minutes 0.5 --seed 9 --nodes 5 --workload locks --workers 3 --faults kill-all,wall-jump,clock-drift';
  const options = parse(...said.replace('wall-jump,clock-drift', 'clock').split(' '), '--history', 'h', '--json');
  expect(options).toEqual({
    minutes: 0.5,
    seed: 9,
    nodes: 5,
    workload: 'locks',
    workers: 3,
    faults: ['kill-all', 'wall-jump', 'clock-drift'],
    history: 'h',
    json: true,
  });
  expect(repeatCommand(options, 9)).toBe(`npm run chaos -- ${said}`);
});

test.each([
  ['--nodes', '4'],
  ['--minutes', '0'],
  ['--seed', '4294967296'],
  ['--faults', 'kill,nothing'],
  ['--workload', 'none'],
  ['--workers', '1'],
  ['more'],
])('refused: %s %s', (...args) => {
  expect(() => parse(...args)).toThrow();
});
