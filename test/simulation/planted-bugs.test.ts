import { beforeAll, describe, expect, test } from 'vitest';
import { mutants } from '../../scripts/mutants/catalogue.ts';
import { rareBugs } from '../../scripts/mutants/explorer-mutants.ts';
import { checkThatAllApply } from '../../scripts/mutants/patched-copy.ts';
import { type MutantReport, mutantNames, runMutants } from '../../scripts/mutants/run-mutants.ts';

const timeLimitMs = 600_000;

describe('planted bugs', () => {
  let reports: readonly MutantReport[] = [];
  beforeAll(async () => {
    reports = await runMutants();
  }, timeLimitMs);

  test.each(mutantNames)('%s', (name) => {
    const own = reports.filter((report) => report.name === name);
    expect(own).not.toEqual([]);
    expect(own.filter(({ problem }) => problem !== undefined)).toEqual([]);
  });

  test('the explorer finds many by itself, one of them too rare for the simulator', () => {
    const found = reports.flatMap(({ by, problem, name }) =>
      by === 'explorer' && problem === undefined ? [name] : [],
    );
    expect(found.length).toBeGreaterThanOrEqual(16);
    expect(rareBugs.filter(({ name }) => found.includes(name))).toHaveLength(1);
  });
});

test('each bug has a name of its own, and there are many', () => {
  const names = [...mutants, ...rareBugs].map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeGreaterThanOrEqual(32);
});

test('bugs are planted in the product, but for the canary', () => {
  const rooms = /^src\/(?:wire|paxos|machine|replica|storage|client)\//;
  const outside = mutants.filter(({ edits }) => edits.some(({ file }) => !rooms.test(file)));
  expect(outside.map(({ name }) => name)).toEqual(['canary']);
});

test('the rare ones can be planted too', async () => {
  await expect(checkThatAllApply(rareBugs)).resolves.toBeUndefined();
});
