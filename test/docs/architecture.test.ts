import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { directoryDamages, recordDamages } from '../../scripts/damage/content-damages.ts';
import { fileDamages } from '../../scripts/damage/file-damages.ts';
import { tableHeader } from '../../scripts/damage/table.ts';
import { recipeMutants } from '../../scripts/mutants/recipe-mutants.ts';
import { mutantNames } from '../../scripts/mutants/run-mutants.ts';
import { beyondBudgetRows } from '../../src/testing/simulation/faults/beyond-budget.ts';
import { recipeNames } from '../../src/testing/simulation/recipes/scenarios.ts';
import { projectRoot } from './readme.ts';

const architecture = readFileSync(`${projectRoot}ARCHITECTURE.md`, 'utf8');

describe('ARCHITECTURE.md', () => {
  it('names for each promise a planted bug that is in the catalogue', () => {
    const { header, rows } = tableUnder('## What the simulator checks');
    const column = header.indexOf('planted bug');
    expect(column).toBeGreaterThan(0);
    expect(rows.length).toBeGreaterThanOrEqual(20);
    const cells = rows.map((row) => row[column] ?? '');
    expect(cells.filter((cell) => namesIn(cell).length === 0)).toEqual([]);
    expect(cells.flatMap(namesIn).filter((name) => !mutantNames.includes(name))).toEqual([]);
  });

  it('names planted bugs in recipes, all that are in the catalogue', () => {
    const { header, rows } = tableUnder('### Programs over recipes');
    expect(header).toEqual(['recipe', 'promise', 'planted bug']);
    expect(rows.flatMap(([name = '']) => namesIn(name)).sort()).toEqual([...recipeNames].sort());
    expect(rows.flatMap(([, , bugs = '']) => namesIn(bugs)).sort()).toEqual(
      recipeMutants.map(({ name }) => name).sort(),
    );
  });

  it('says what is still promised beyond the fault budget, as the simulator does', () => {
    const { header, rows } = tableUnder('### Beyond the fault budget');
    expect(header).toEqual(['row', 'what breaks', 'what is still promised']);
    expect(rows).toEqual(
      beyondBudgetRows.map(({ name, breaks, stillPromised }) => [`\`${name}\``, breaks, stillPromised]),
    );
  });

  it('says of every damage to every file what the node makes of it, as `npm run damage` prints it', () => {
    const { header, rows } = tableUnder('## Damaged and failing disks');
    expect(`| ${header.join(' | ')} |`).toBe(tableHeader);
    const said = rows.flatMap(([part = '', deeds = '']) => deeds.split('; ').map((deed) => `${part} ${deed}`));
    const all = [...fileDamages(1), ...recordDamages, ...directoryDamages];
    const known = all.map(({ part, deed }) => `\`${part}\` ${deed.replace(/, at \d+ %$/, '')}`);
    expect(said.sort()).toEqual(known.sort());
    const served = 'serves(?:, and tells of it|, once another node has sent it a state)?';
    const verdict = new RegExp(
      `^(?:refuses: \`[A-Z_]+\`|is taken in anew, and votes once it has caught up|${served})$`,
    );
    const verdicts = rows.flatMap(([, , cell = '']) => cell.split('; or '));
    expect(verdicts.filter((text) => !verdict.test(text))).toEqual([]);
  });
});

function namesIn(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
}

/** The first one between this heading and the next. */
function tableUnder(heading: string): {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
} {
  const [, after] = architecture.split(`\n${heading}\n`);
  if (after === undefined) throw new Error(`no heading ${heading}`);
  const [section = ''] = after.split(/\n#+ /);
  const lines = section.split('\n').filter((line) => line.startsWith('|'));
  const [header = [], , ...rows] = lines.map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  return { header, rows };
}
