import { expect, test } from 'vitest';
import type { StandardSchema, ViewEvent } from '../../src/client/index.ts';
import { KeyView } from '../../src/client/key-view.ts';
import { FakeStore } from './fake-store.ts';
import { until } from './support.ts';

const broken = new Error('the schema is broken');

/** Positive numbers, doubled; takes its time, and throws at 13. */
const schema: StandardSchema<number> = {
  '~standard': {
    validate: async (value) => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (value === 13) throw broken;
      if (typeof value === 'number' && value > 0) return { value: 2 * value };
      return { issues: [{ message: 'it is not positive' }] };
    },
  },
};

async function start() {
  const store = new FakeStore();
  store.put('k/a', '1');
  store.put('k/b', '-1');
  store.put('k/c', 'none');
  const view = await KeyView.open(store, { prefix: 'k/' }, { schema });
  return { store, view };
}

test('values are what the schema makes of them', async () => {
  const { store, view } = await start();
  const changes = view.changes();
  expect(view.get('k/a')).toBe(2);
  expect(view.entry('k/a')?.text()).toBe('1');
  store.put('k/a', '5');
  expect((await changes.next()).value?.events).toMatchObject([{ type: 'put', key: 'k/a', value: 10, previous: 2 }]);
  expect([...view.entries()]).toEqual([['k/a', 10]]);
});

test('a value that does not fit is neither shown nor taken for absent, and the others go on', async () => {
  const { view } = await start();
  const invalid = { code: 'INVALID_VALUE' };
  expect([view.size, view.has('k/b'), view.entry('k/b')?.text()]).toEqual([3, true, '-1']);
  expect(() => view.get('k/b')).toThrow(expect.objectContaining(invalid));
  expect(() => view.get('k/c')).toThrow(expect.objectContaining(invalid));
  expect(view.get('k/none')).toBeUndefined();
  expect([...view.invalid()]).toEqual([
    ['k/b', expect.objectContaining({ ...invalid, message: expect.stringContaining('not positive') })],
    ['k/c', expect.objectContaining({ ...invalid, message: expect.stringContaining('not JSON') })],
  ]);
});

test('changes tell when a value ceases to fit, fits again, and goes', async () => {
  const { store, view } = await start();
  const changes = view.changes();
  store.put('k/a', '0');
  store.put('k/a', '13');
  store.put('k/a', '7');
  store.put('k/a', '"8"');
  store.delete('k/a');
  const events: ViewEvent<number>[] = [];
  for await (const change of changes) {
    events.push(...change.events);
    if (events.length === 5) break;
  }
  expect(events).toMatchObject([
    { type: 'invalid', key: 'k/a', error: { code: 'INVALID_VALUE' }, previous: 2 },
    { type: 'invalid', key: 'k/a', error: { code: 'INVALID_VALUE', cause: broken }, previous: undefined },
    { type: 'put', key: 'k/a', value: 14, previous: undefined },
    { type: 'invalid', key: 'k/a', previous: 14 },
    { type: 'delete', key: 'k/a', previous: undefined },
  ]);
});

test('a slow schema does not mix revisions, and may outlive the view', async () => {
  const { store, view } = await start();
  for (let value = 21; value <= 40; value++) store.put('k/a', `${value}`);
  const seen: number[] = [];
  for await (const { events } of view.changes()) {
    for (const event of events) if (event.type === 'put') seen.push(event.value);
    if (seen.length === 20) break;
  }
  expect(seen).toEqual(Array.from({ length: 20 }, (_, index) => 2 * (index + 21)));
  store.put('k/a', '1');
  await view.close();
  await until(() => view.state === 'closed');
});
