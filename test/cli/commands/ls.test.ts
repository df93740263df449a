import { expect, test } from 'vitest';
import type { Client, ScanOptions } from '../../../src/client/index.ts';
import { entry, World, type WorldOptions } from '../fake-context.ts';

/** A store with these keys, and a record of what was asked of it. */
function having(keys: readonly string[], options: WorldOptions = {}) {
  const asked: unknown[] = [];
  async function* scan(what: unknown, { timeoutMs: _timeoutMs, ...more }: ScanOptions & { keysOnly?: boolean }) {
    const given = Object.entries(more).filter(([, value]) => value !== undefined);
    asked.push([what, Object.fromEntries(given)]);
    for (const key of keys) {
      const { value, ...rest } = entry(key, 'v', key.endsWith('!') ? { session: '12' } : {});
      yield await Promise.resolve(more.keysOnly === true ? rest : { value, ...rest });
    }
  }
  const client = { scan: scan as unknown as Client['scan'], count: () => Promise.resolve(keys.length) };
  return { asked, world: new World({ ...options, client }) };
}

test('prints one key per line, without asking for values', async () => {
  const { asked, world } = having(['k1', 'k2', 'k3']);
  expect(await world.run('ls', 'k')).toBe(0);
  expect(world.stdout.text).toBe('k1\nk2\nk3\n');
  expect(asked).toEqual([[{ prefix: 'k' }, { order: 'ascending', pageSize: 1_000, keysOnly: true }]]);
});

test('nothing there is no failure', async () => {
  const { asked, world } = having([]);
  expect(await world.run('ls')).toBe(0);
  expect(world.stdout.text).toBe('');
  expect(asked).toMatchObject([[{ prefix: '' }, {}]]);
});

test('--limit, --reverse, --revision and --stale say what is listed', async () => {
  const { asked, world } = having(['a', 'b', 'c']);
  expect(await world.run('ls', '--limit', '2', '--reverse', '--revision', '17', '--stale')).toBe(0);
  expect(world.stdout.text).toBe('a\nb\n');
  expect(asked).toMatchObject([[{}, { order: 'descending', pageSize: 2, revision: 17, consistency: 'stale' }]]);
});

test('--json prints one entry per line, with the session of an ephemeral key', async () => {
  const { world } = having(['a', 'b!']);
  await world.run('ls', '--json');
  expect(world.stdout.text).toBe(
    '{"key":"a","value":"v","createRevision":3,"modRevision":5,"version":2}\n' +
      '{"key":"b!","value":"v","createRevision":3,"modRevision":5,"version":2,"session":"12"}\n',
  );
  const keys = having(['a']);
  await keys.world.run('ls', '--json', '--keys-only');
  expect(keys.world.stdout.text).toBe('{"key":"a","createRevision":3,"modRevision":5,"version":2}\n');
});

test('--long prints a table', async () => {
  const { world } = having(['a', 'b!']);
  expect(await world.run('ls', '--long')).toBe(0);
  expect(world.stdout.text).toBe('REVISION\tVERSION\tBYTES\tSESSION\tKEY\n5\t2\t1\t-\ta\n5\t2\t1\t12\tb!\n');
});

test('--count prints how many there are', async () => {
  const { world } = having(['a', 'b']);
  expect(await world.run('ls', '--count')).toBe(0);
  expect(await world.run('ls', '--count', '--json')).toBe(0);
  expect(world.stdout.text).toBe('2\n{"count":2}\n');
});

test('--tree divides keys behind each slash', async () => {
  const { world } = having(['/a', 'c', 'c-d', 'c/d/e', 'c/d/f/g', 'c/h']);
  expect(await world.run('ls', '--tree')).toBe(0);
  expect(world.stdout.text.split('\n')).toEqual([
    '/',
    '└── a',
    'c',
    'c-d',
    'c/',
    '├── d/',
    '│   ├── e',
    '│   └── f/',
    '│       └── g',
    '└── h',
    '',
  ]);
});

test('a terminal is not made to obey a key', async () => {
  for (const words of [[], ['--tree'], ['--long']]) {
    const { world } = having(['evil\u001b[2J'], { onTerminal: true });
    await world.run('ls', ...words);
    expect(world.stdout.text).toContain('evil\ufffd[2J');
  }
});

test('a reader that has seen enough is no failure', async () => {
  const { world } = having(['a', 'b']);
  world.stdout.failure = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
  expect(await world.run('ls')).toBe(0);
  expect(world.stderr.text).toBe('');
  expect(world.closed).toBe(1);
});
