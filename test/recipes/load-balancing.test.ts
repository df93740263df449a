import { expect, test } from 'vitest';
import { Balancer, type Load, type Strategy } from '../../src/recipes/load-balancing.ts';

function loads(weights: Readonly<Record<string, number>>): Load[] {
  return Object.entries(weights).map(([id, weight]) => ({
    instance: { id, address: id, weight, metadata: {}, session: '1' },
    requests: 0,
    connections: 0,
    credit: 0,
    lastTurn: 0,
  }));
}

function chosen(strategy: Strategy, candidates: readonly Load[], turns: number, random = () => 0): string {
  const balancer = new Balancer(strategy, random);
  return Array.from({ length: turns }, () => balancer.choose(candidates)?.instance.id).join('');
}

test('random takes whom the draw names', () => {
  const draws = [0.99, 0, 0.5, 0.34];
  expect(chosen('random', loads({ a: 1, b: 1, c: 9 }), 4, () => draws.shift() ?? 0)).toBe('cabb');
});

test('roundRobin goes around, and one that was away comes first', () => {
  const all = loads({ a: 1, b: 5, c: 1 });
  expect(chosen('roundRobin', all, 7)).toBe('abcabca');
  const balancer = new Balancer('roundRobin', () => 0);
  const [a, b, c] = all;
  for (const one of all) one.lastTurn = 0;
  expect([a, b, a].map(() => balancer.choose([a!, b!])?.instance.id).join('')).toBe('aba');
  expect(balancer.choose([a!, b!, c!])?.instance.id).toBe('c');
});

test('weighted gives each as many turns as its weight says, spread out', () => {
  expect(chosen('weighted', loads({ a: 3, b: 1 }), 8)).toBe('aabaaaba');
  expect(chosen('weighted', loads({ a: 5, b: 1, c: 1 }), 7)).toBe('aabacaa');
});

test('leastRequests and leastConnections look at what is under way, for the weight', () => {
  const [a, b, c] = loads({ a: 1, b: 2, c: 1 }) as [Load, Load, Load];
  Object.assign(a, { requests: 2, connections: 0 });
  Object.assign(b, { requests: 3, connections: 1 });
  Object.assign(c, { requests: 2, connections: 5 });
  expect(chosen('leastRequests', [a, b, c], 1)).toBe('b');
  expect(chosen('leastConnections', [a, b, c], 1)).toBe('a');
  b.requests = 4;
  expect(
    chosen('leastRequests', [a, b, c], 1, () => 0.99),
    'any of the equals',
  ).toBe('c');
});

test('nobody is chosen out of none', () => {
  for (const strategy of ['random', 'roundRobin', 'weighted', 'leastRequests', 'leastConnections'] as const) {
    expect(new Balancer(strategy, () => 0).choose([])).toBeUndefined();
  }
});
