import { expect, test } from 'vitest';
import { World } from '../fake-context.ts';

/** A counter in memory; what others draw meanwhile is in `draws`, a number before each attempt to set it. */
function counting(start: bigint, draws: bigint[] = []) {
  const state = { value: start };
  const counter = {
    get: () => Promise.resolve(state.value),
    nextBlock: (count: number) => {
      const first = state.value + 1n;
      state.value += BigInt(count);
      return Promise.resolve({ first, last: state.value });
    },
    compareAndSet: (expected: bigint, value: bigint) => {
      state.value += draws.shift() ?? 0n;
      const holds = state.value === expected;
      if (holds) state.value = value;
      return Promise.resolve(holds);
    },
  };
  return { state, world: new World({ client: { counter: () => counter as never } }) };
}

test('a block is told by its first and its last number', async () => {
  const { world } = counting(42n);
  expect(await world.run('counter', 'next', 'orders', '--block', '100')).toBe(0);
  expect(await world.run('counter', 'next', 'orders', '--block', '2', '--json')).toBe(0);
  expect(world.stdout.text).toBe('43 142\n{"name":"orders","first":"143","last":"144"}\n');
});

test('get prints the last number and draws none', async () => {
  const { state, world } = counting(42n);
  expect(await world.run('counter', 'get', 'orders')).toBe(0);
  expect(await world.run('counter', 'get', 'orders', '--json')).toBe(0);
  expect([world.stdout.text, state.value]).toEqual(['42\n{"name":"orders","value":"42"}\n', 42n]);
});

test('set sets it whoever draws meanwhile, and may be negative', async () => {
  const { state, world } = counting(42n, [1n, 5n]);
  expect(await world.run('counter', 'set', 'orders', '-7', '--json')).toBe(0);
  expect([world.stdout.text, state.value]).toEqual(['{"name":"orders","value":"-7","previous":"48"}\n', -7n]);
});

test('set gives up if others never leave off', async () => {
  const { state, world } = counting(
    0n,
    Array.from({ length: 1_000 }, () => 1n),
  );
  expect(await world.run('counter', 'set', 'orders', '1000000')).toBe(1);
  expect(world.stderr.text).toBe('error CONFLICT: orders was changed by others in each of 64 attempts to set it\n');
  expect(state.value).toBe(64n);
});

test('compare-and-set ends with 1 if it is another number', async () => {
  const { state, world } = counting(42n);
  expect(await world.run('counter', 'compare-and-set', 'orders', '41', '1000')).toBe(1);
  expect(world.stderr.text).toBe('conclave: not set: orders is not 41\n');
  expect(await world.run('counter', 'compare-and-set', 'orders', '41', '1000', '--json')).toBe(1);
  expect(await world.run('counter', 'compare-and-set', 'orders', '42', '9223372036854775807', '--json')).toBe(0);
  expect(world.stdout.text).toBe('{"name":"orders","set":false}\n{"name":"orders","set":true}\n');
  expect(state.value).toBe(2n ** 63n - 1n);
});
