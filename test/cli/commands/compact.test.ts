import { expect, test } from 'vitest';
import type { Client } from '../../../src/client/index.ts';
import { World, type WorldOptions } from '../fake-context.ts';

function compacting(options: WorldOptions = {}) {
  const compacted: number[] = [];
  const client: Partial<Client> = {
    range: () => Promise.resolve({ revision: 50, entries: [], more: false }),
    compact: (revision) => {
      compacted.push(revision);
      return Promise.resolve({ floor: revision });
    },
  };
  return { compacted, world: new World({ ...options, client }) };
}

test('history is forgotten after somebody was told and has said yes', async () => {
  const { compacted, world } = compacting({ onTerminal: true, answer: 'yes' });
  expect(await world.run('compact', '40')).toBe(0);
  expect(world.stderr.text).toBe(
    'The newest revision is 50. What happened up to revision 40 is forgotten, for everybody:\n' +
      'reads of what was before, and watches from there, are refused with COMPACTED. What exists stays.\n',
  );
  expect([compacted, world.stdout.text]).toEqual([[40], 'the oldest revision is 40\n']);
});

test('nothing is forgotten without a yes', async () => {
  const { compacted, world } = compacting({ onTerminal: true, answer: '' });
  expect(await world.run('compact', '40')).toBe(1);
  expect(world.stderr.text).toContain('error NOT_CONFIRMED: nothing was changed\n');
  expect(compacted).toEqual([]);
});

test('--yes --json is for programs', async () => {
  const { world } = compacting();
  expect(await world.run('compact', '40', '--yes', '--json')).toBe(0);
  expect(world.stdout.text).toBe('{"floor":40}\n');
  expect(world.questions).toEqual([]);
});
