import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { until } from '../support.ts';
import { kinds, sequences, World } from './world.ts';

/** A put whose body nobody else holds. */
function putWeakly(world: World, timeoutMs: number): WeakRef<object> {
  const body = { kind: 'put', key: new Uint8Array([1]), value: new Uint8Array(1_024), ephemeral: false } as const;
  world.call({ kind: 'command', body }, timeoutMs);
  return new WeakRef(body);
}

function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}

test('a command whose time is over takes no memory, though no session could be opened', async () => {
  const world = new World();
  world.give({ type: 'tick' });
  const waiting = putWeakly(world, 60_000);
  const over = putWeakly(world, 100);
  world.advance(200);
  await until(() => {
    collectGarbage();
    return over.deref() === undefined;
  });
  expect(waiting.deref()).toBeDefined();
  // Until here the core was in use.
  expect(world.core.session().state).toBe('active');
});

test('those before and after it are sent in the order of the calls', () => {
  const world = new World();
  const stream = world.connect();
  const calls = ['a', 'b', 'c', 'd'].map((key) => world.put(key));
  world.give({ type: 'cancel', callId: calls[1]! });
  world.put('e');
  world.answerOpening(7);
  const sent = stream.newOperations();
  expect(kinds(sent)).toEqual(['put', 'put', 'put', 'put']);
  expect(sequences(sent)).toEqual([1, 2, 3, 4]);
  expect(sent.map(({ body }) => (body.kind === 'put' ? String.fromCharCode(...body.key) : ''))).toEqual([
    'a',
    'c',
    'd',
    'e',
  ]);
});
