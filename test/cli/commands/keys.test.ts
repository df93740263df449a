import { describe, expect, test } from 'vitest';
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

test('get reads the past, and what the node at hand has', async () => {
  let asked: unknown;
  const get: Client['get'] = (_key, options) => {
    asked = options;
    return Promise.resolve(entry('a', 'old', { session: '12' }));
  };
  const world = new World({ client: { get } });
  expect(await world.run('get', 'a', '--revision', '17', '--stale', '--json')).toBe(0);
  expect(asked).toMatchObject({ revision: 17, consistency: 'stale' });
  expect(JSON.parse(world.stdout.text)).toMatchObject({ value: 'old', session: '12' });
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
