import { expect, test } from 'vitest';
import { World } from '../fake-context.ts';

const commands = ['sessions', 'locks', 'watches', 'hash', 'check', 'events', 'log', 'completion'];

test.each([
  ...commands.map((command) => `${command} --no-such-option`),
  'sessions a',
  'sessions --limit 0',
  'locks a b',
  'locks --limit many',
  'watches a',
  'watches --node n/1',
  'hash a',
  'check a',
  'check --format html',
  'events a',
  'events --from -1',
  'log 5',
  'log --from 0',
  'log --limit 1.5',
  'status --interval 5',
  'completion',
  'completion fish',
])('conclave %s ends with 64', async (line) => {
  const world = new World();
  expect(await world.run(...line.split(' '))).toBe(64);
  expect([world.stdout.text, world.connected, world.probed]).toEqual(['', [], []]);
  expect(world.stderr.text).not.toBe('');
});

test.each(commands)('help of conclave %s begins with examples', async (command) => {
  const world = new World();
  expect(await world.run(command, '--help')).toBe(0);
  expect(world.stdout.text).toMatch(/^Examples:\n {2}(?:conclave|source) /);
  expect(world.stdout.text).toContain(`Usage: conclave ${command}`);
});
