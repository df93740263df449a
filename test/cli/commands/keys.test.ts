import { describe, expect, test } from 'vitest';
import { endOfPrefix } from '../../../src/cli/commands/ls.ts';
import type { Client } from '../../../src/client/index.ts';
import { entry, World } from '../fake-context.ts';

const notText = Uint8Array.of(0xff, 0x00, 0x0a);

describe('get', () => {
  const having = (found: ReturnType<typeof entry> | undefined, onTerminal = false) =>
    new World({ client: { get: () => Promise.resolve(found) }, onTerminal });

  test('prints the bytes of the value, and nothing else', async () => {
    const world = having(entry('a', notText));
    expect(await world.run('get', 'a')).toBe(0);
    expect([...world.stdout.bytes]).toEqual([...notText]);
    expect(world.stderr.text).toBe('');
    expect(world.closed).toBe(1);
  });

  test('adds a newline on a terminal', async () => {
    const world = having(entry('a', 'value'), true);
    await world.run('get', 'a');
    expect(world.stdout.text).toBe('value\n');
  });

  test('ends with 1 and says nothing if there is no such key', async () => {
    const world = having(undefined);
    expect(await world.run('get', 'a')).toBe(1);
    expect(world.stdout.text + world.stderr.text).toBe('');
  });

  test('--json prints one line, with Base64 for what is no text', async () => {
    const text = having(entry('a', 'ä\n'));
    expect(await text.run('get', 'a', '--json')).toBe(0);
    expect(text.stdout.text).toBe('{"key":"a","value":"ä\\n","createRevision":3,"modRevision":5,"version":2}\n');
    const bytes = having(entry('a', notText));
    await bytes.run('get', 'a', '--json');
    expect(JSON.parse(bytes.stdout.text)).toEqual({
      key: 'a',
      valueBase64: '/wAK',
      createRevision: 3,
      modRevision: 5,
      version: 2,
    });
    const missing = having(undefined);
    expect(await missing.run('get', 'a', '--json')).toBe(1);
    expect(missing.stdout.text).toBe('null\n');
  });
});

describe('put', () => {
  function recording(stdin = '') {
    const puts: unknown[][] = [];
    const put: Client['put'] = (key, value) => {
      puts.push([key, Buffer.from(value).toString()]);
      return Promise.resolve({ revision: 17, written: true, previous: undefined });
    };
    return { puts, world: new World({ client: { put }, stdin }) };
  }

  test('prints nothing, with --json the revision', async () => {
    const { puts, world } = recording();
    expect(await world.run('put', 'a', 'b')).toBe(0);
    expect(world.stdout.text + world.stderr.text).toBe('');
    await world.run('put', 'a', 'c', '--json');
    expect(world.stdout.text).toBe('{"revision":17}\n');
    expect(puts).toEqual([
      ['a', 'b'],
      ['a', 'c'],
    ]);
  });

  test('a dash reads standard input; negative numbers, empty values and what follows -- stand for themselves', async () => {
    const { puts, world } = recording('from stdin');
    expect(await world.run('put', 'a', '-')).toBe(0);
    expect(await world.run('put', 'a', '-5')).toBe(0);
    expect(await world.run('put', 'a', '')).toBe(0);
    expect(await world.run('put', '--', 'a', '--json')).toBe(0);
    expect(puts.map(([, value]) => value)).toEqual(['from stdin', '-5', '', '--json']);
  });
});

test('del ends with 0 whether or not the key was there', async () => {
  const answer = { deleted: false, revision: 9, previous: undefined };
  const world = new World({ client: { delete: () => Promise.resolve(answer) } });
  expect(await world.run('del', 'a')).toBe(0);
  expect(world.stdout.text).toBe('');
  expect(await world.run('del', 'a', '--json')).toBe(0);
  expect(world.stdout.text).toBe('{"deleted":false,"revision":9}\n');
});

describe('ls', () => {
  /** A store that gives two entries at a time. */
  function pages(keys: readonly string[]) {
    const revisions: unknown[] = [];
    const range: Client['range'] = (what, options) => {
      revisions.push(options?.revision);
      const from = typeof what === 'object' && 'from' in what ? Buffer.from(what.from).toString() : '';
      const rest = keys.filter((key) => key >= from);
      return Promise.resolve({
        revision: 21,
        entries: rest.slice(0, 2).map((key) => entry(key, 'v')),
        more: rest.length > 2,
      });
    };
    return { revisions, client: { range } };
  }

  test('prints one key per line, all of one revision', async () => {
    const { revisions, client } = pages(['k1', 'k2', 'k3', 'k4', 'k5']);
    const world = new World({ client });
    expect(await world.run('ls', 'k')).toBe(0);
    expect(world.stdout.text).toBe('k1\nk2\nk3\nk4\nk5\n');
    expect(revisions).toEqual([undefined, 21, 21]);
  });

  test('nothing there is no failure', async () => {
    const world = new World({ client: pages([]).client });
    expect(await world.run('ls')).toBe(0);
    expect(world.stdout.text).toBe('');
  });

  test('--json prints one entry per line', async () => {
    const world = new World({ client: pages(['a', 'b']).client });
    await world.run('ls', '--json');
    expect(
      world.stdout.text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).key),
    ).toEqual(['a', 'b']);
  });

  test('a terminal is not made to obey a key', async () => {
    const world = new World({ client: pages(['evil\u001b[2J']).client, onTerminal: true });
    await world.run('ls');
    expect(world.stdout.text).toBe('evil\ufffd[2J\n');
  });

  test('a reader that has seen enough is no failure', async () => {
    const world = new World({ client: pages(['a', 'b']).client });
    world.stdout.failure = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
    expect(await world.run('ls')).toBe(0);
    expect(world.stderr.text).toBe('');
    expect(world.closed).toBe(1);
  });

  test.each([
    [
      [1, 2],
      [1, 3],
    ],
    [[1, 255], [2]],
    [[255, 255], undefined],
    [[], undefined],
  ])('the keys with prefix %j end before %j', (prefix, end) => {
    const found = endOfPrefix(Uint8Array.from(prefix));
    expect(found === undefined ? undefined : [...found]).toEqual(end);
  });
});
