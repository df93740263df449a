import { describe, expect, test } from 'vitest';
import { mutants } from '../../scripts/mutants/catalogue.ts';
import { readCorpus } from '../../scripts/sim/corpus.ts';
import { runPlan } from '../../src/testing/simulation/run-simulation.ts';

const corpus = readCorpus();

test('there are past failures, and each says what it showed', () => {
  expect(corpus.length).toBeGreaterThan(0);
  for (const { file, name } of corpus) expect([file.shows, file.violates], name).not.toContain(undefined);
  const known = mutants.map(({ name }) => name);
  for (const { file } of corpus) if (file.mutant !== undefined) expect(known).toContain(file.mutant);
});

describe('what once failed does not fail again', () => {
  test.each(corpus.map(({ name, file, path }) => ({ name, file, path })))('$name', ({ file, path }) => {
    const { violation } = runPlan(file.plan);
    expect(violation, `npm run sim -- --plan ${path}`).toBeUndefined();
  });
});
