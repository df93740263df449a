import { afterAll, expect, test } from 'vitest';
import { type Exploration, explore } from '../../src/testing/explorer/explore.ts';
import { type Marker, markers } from '../../src/testing/explorer/markers.ts';
import { quickScopes } from '../../src/testing/explorer/scopes.ts';

const endless = { states: Number.POSITIVE_INFINITY, elapsedMs: Number.POSITIVE_INFINITY };
const explorations: Exploration[] = [];

test.each(quickScopes)('no state within the scope breaks a promise: $name', (scope) => {
  const exploration = explore(scope, endless, () => performance.now());
  explorations.push(exploration);
  const { violation, exhausted } = exploration;
  expect(violation?.trace.join('\n') ?? '', violation?.invariant).toBe('');
  expect(exhausted).toBe(true);
});

test('half a million states were visited, and all that should sometimes happen did', () => {
  expect(explorations.reduce((sum, { states }) => sum + states, 0)).toBeGreaterThanOrEqual(500_000);
  const reached = new Set<Marker>(explorations.flatMap((exploration) => exploration.reached));
  expect(markers.filter((marker) => !reached.has(marker))).toEqual([]);
});

afterAll(() => {
  const lines = explorations.map(({ scope, states, depth, statesPerSecond }) => {
    return `exhausted ${scope}: ${states} states, depth ${depth}, ${statesPerSecond} states/s`;
  });
  process.stdout.write(`${lines.join('\n')}\n`);
});
