import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { beyondBudgetRows, Promises } from '../../../../src/testing/simulation/faults/beyond-budget.ts';
import { drawPlan } from '../../../../src/testing/simulation/run-plan.ts';
import { runPlan } from '../../../../src/testing/simulation/run-simulation.ts';

const simulation = path.join(import.meta.dirname, '../../../../src/testing');

function sources(directory: string): string {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('beyond-budget.ts'))
    .map((name) => readFileSync(path.join(directory, name), 'utf8'))
    .join('\n');
}

test('each row names invariants and checks that there are', () => {
  const text = sources(simulation);
  const named = beyondBudgetRows.flatMap(({ checked }) => ('only' in checked ? checked.only : checked.allBut));
  const unknown = named.filter((name) => !text.includes(`'${name}'`));
  expect(unknown).toEqual([]);
});

describe('the promises', () => {
  test('all hold within the budget', () => {
    const promises = new Promises('within');
    expect(['agreement', 'one lease at a time', 'liveness: a leader serves'].every((name) => promises.has(name))).toBe(
      true,
    );
  });

  test('clocks that drift too far cost what rests on time, and nothing of the log', () => {
    const promises = new Promises('drift');
    expect(promises.has('one lease at a time')).toBe(false);
    expect(promises.has('fresh reads')).toBe(false);
    for (const name of ['agreement', 'states are equal', 'tokens equal the model', 'watch is gap-free']) {
      expect(promises.has(name)).toBe(true);
    }
  });

  test('a damaged majority costs the answers alone', () => {
    const promises = new Promises('corruption');
    expect(promises.has('liveness: everything called is answered')).toBe(false);
    for (const name of ['agreement', 'damage is refused', 'read equals the model', 'mutual exclusion']) {
      expect(promises.has(name)).toBe(true);
    }
  });

  test('a rollback that nobody knows of may cost agreement, but no node makes use of what is damaged', () => {
    const promises = new Promises('rollback');
    expect(promises.has('agreement')).toBe(false);
    expect(promises.has('an invariant that is yet to be invented')).toBe(false);
    expect(promises.has('damage is refused')).toBe(true);
  });
});

describe('runs beyond the budget', () => {
  function hits(budget: 'corruption' | 'rollback', seeds: number): ReadonlyMap<string, number> {
    const counts = new Map<string, number>();
    for (let seed = 1; seed <= seeds; seed++) {
      const { violation, coverage } = runPlan(drawPlan(seed, { budget }));
      expect(violation).toBeUndefined();
      for (const [marker, times] of coverage) counts.set(marker, (counts.get(marker) ?? 0) + times);
    }
    return counts;
  }

  test('damage a majority, and still nothing wrong is served', () => {
    const counts = hits('corruption', 4);
    expect(counts.get('beyond the budget: majority damaged')).toBeGreaterThan(0);
    expect(counts.get('damaged journal refused at boot')).toBeGreaterThan(0);
  });

  test('let a rolled-back node vote', () => {
    expect(hits('rollback', 12).get('beyond the budget: rolled-back node votes')).toBeGreaterThan(0);
  });
});
