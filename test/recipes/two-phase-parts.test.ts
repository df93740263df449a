import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { askAll } from '../../src/recipes/two-phase-parts.ts';

test('leaves no listener behind, however often it asks', async () => {
  const { signal } = new AbortController();
  const refused = new Error('no');
  for (let round = 0; round < 3; round++) {
    const refusals = await askAll(['a', 'b'], signal, (name) => {
      if (name === 'b') throw refused;
    });
    expect(refusals).toEqual([{ name: 'b', error: refused }]);
  }
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('whoever has not answered when the signal aborts has refused, with its reason', async () => {
  const stop = new AbortController();
  const reason = new Error('enough');
  const asked = askAll(['a', 'b'], stop.signal, (name) => (name === 'a' ? undefined : new Promise(() => undefined)));
  stop.abort(reason);
  expect(await asked).toContainEqual({ name: 'b', error: reason });
  expect(await askAll(['a'], stop.signal, () => new Promise(() => undefined))).toEqual([{ name: 'a', error: reason }]);
});
