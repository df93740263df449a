import { beforeAll, describe, expect, test } from 'vitest';
import { mutants } from '../../scripts/mutants/catalogue.ts';
import { rareBugs } from '../../scripts/mutants/explorer-mutants.ts';
import { checkThatAllApply } from '../../scripts/mutants/patched-copy.ts';
import { type MutantReport, quickMutantNames, runMutants } from '../../scripts/mutants/run-mutants.ts';

const timeLimitMs = 600_000;

// `npm run sim -- --mutants` looks for all of them.
describe('planted bugs that are soon found', () => {
  let reports: readonly MutantReport[] = [];
  beforeAll(async () => {
    reports = await runMutants({ names: [...quickMutantNames, ...rareBugs.map(({ name }) => name)] });
  }, timeLimitMs);

  test.each(quickMutantNames)('%s', (name) => {
    const own = reports.filter((report) => report.name === name);
    expect(own).not.toEqual([]);
    expect(own.filter(({ problem }) => problem !== undefined)).toEqual([]);
  });

  test('the explorer finds many by itself, one of them too rare for the simulator', () => {
    const found = reports.flatMap(({ by, problem, name }) =>
      by === 'explorer' && problem === undefined ? [name] : [],
    );
    expect(found.length).toBeGreaterThanOrEqual(6);
    expect(rareBugs.filter(({ name }) => found.includes(name))).toHaveLength(1);
  });
});

test('each bug has a name of its own, and there are many', () => {
  const names = [...mutants, ...rareBugs].map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeGreaterThanOrEqual(100);
  expect(quickMutantNames.length).toBeGreaterThanOrEqual(15);
});

test('bugs are planted in the product, but for the canary', () => {
  const rooms = /^src\/(?:wire|paxos|machine|replica|storage|client)\//;
  const outside = mutants.filter(({ edits }) => edits.some(({ file }) => !rooms.test(file)));
  expect(outside.map(({ name }) => name)).toEqual(['canary']);
});

test('all can be planted, also those that are not looked for here', async () => {
  await expect(checkThatAllApply([...mutants, ...rareBugs])).resolves.toBeUndefined();
});
