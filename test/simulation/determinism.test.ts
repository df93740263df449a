import { expect, test } from 'vitest';
import { runSimulation } from '../../src/testing/simulation/run-simulation.ts';

test('equal seeds give equal runs, watched closely or not', () => {
  for (let seed = 1; seed <= 4; seed++) {
    const once = runSimulation(seed);
    const again = runSimulation(seed, { traceLines: 100, eventHashes: true });
    expect(again.traceHash, `seed ${seed}`).toBe(once.traceHash);
    expect({ ...again, trace: [], eventHashes: undefined }).toEqual(once);
    expect(again.trace.length).toBeGreaterThan(0);
  }
});

test('different seeds give different runs', () => {
  const hashes = new Set(Array.from({ length: 8 }, (_, index) => runSimulation(index + 1).traceHash));
  expect(hashes.size).toBe(8);
});
