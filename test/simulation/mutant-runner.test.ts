import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Mutant } from '../../scripts/mutants/mutant.ts';
import { checkThatAllApply, PatchedCopy } from '../../scripts/mutants/patched-copy.ts';
import { runMutants, runTrials } from '../../scripts/mutants/run-mutants.ts';
import { simulatorTrial } from '../../scripts/mutants/trials.ts';

const file = 'src/wire/ballot.ts';
const find = 'export const zeroBallot: Ballot =';

const harmless: Mutant = {
  name: 'harmless',
  meaning: 'a comment is added',
  edits: [{ file, find, replace: `/* harmless */ ${find}` }],
  foundBy: ['agreement'],
  withinSeeds: 1,
};

const harmful: Mutant = {
  name: 'harmful',
  meaning: 'the simulator finds something in each seed',
  edits: [
    {
      file: 'src/testing/simulation/invariants/liveness.ts',
      find: '    world.nemesis.stop();',
      replace: "    violated('found', 'in each seed');",
    },
  ],
  foundBy: ['found'],
  withinSeeds: 2,
};

const problemsOf = async (...bugs: readonly Mutant[]): Promise<unknown[]> => {
  const reports = await runTrials(bugs.map(simulatorTrial));
  return reports.map(({ problem }) => problem);
};

test('what is not found, or not for the right reason, or elsewhere, is told apart from what is', async () => {
  const problems = await problemsOf(
    harmless,
    { ...harmful, foundBy: ['agreement'] },
    { ...harmful, exactlyAtSeed: 2 },
    harmful,
  );
  expect(problems).toEqual([
    'not found',
    'found by an invariant that it does not break',
    'not found at seed 2',
    undefined,
  ]);
}, 120_000);

test.each([
  ['is not there', 'a text that is not there'],
  ['is there more than once', 'return'],
])('a bug whose place %s can not be planted', async (_where, place) => {
  const bug = { ...harmless, edits: [{ file, find: place, replace: '' }] };
  await expect(checkThatAllApply([harmless, bug])).rejects.toThrow('harmless can no longer be planted');
});

test('several edits of one file follow each other', async () => {
  const again = { file, find: '/* harmless */', replace: '/* still harmless */' };
  await expect(checkThatAllApply([{ ...harmless, edits: [...harmless.edits, again] }])).resolves.toBeUndefined();
});

test('after its run a bug is gone, even if that has failed', async () => {
  const copy = await PatchedCopy.create();
  try {
    const text = (): Promise<string> => readFile(join(copy.root, file), 'utf8');
    const before = await text();
    const run = copy.with(harmless, async () => {
      expect(await text()).toContain('/* harmless */');
      throw new Error('it fails');
    });
    await expect(run).rejects.toThrow('it fails');
    expect(await text()).toBe(before);
  } finally {
    await copy.remove();
  }
});

test('an unknown name is refused', () => {
  expect(() => runMutants({ names: ['no-such-bug'] })).toThrow('no mutant no-such-bug');
});
