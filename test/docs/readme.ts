import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { recipeErrors } from '../../src/recipes/recipe-error.ts';
import { errorTable } from '../../src/wire/errors.ts';

export const projectRoot = fileURLToPath(new URL('../../', import.meta.url));
const readme = readFileSync(`${projectRoot}README.md`, 'utf8');

/** The fenced blocks that begin with ``` and `info`. */
export function codeBlocks(info: string): readonly string[] {
  const blocks = readme.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm);
  return [...blocks].filter((block) => block[1] === info).map((block) => block[2] ?? '');
}

/** What stands between `<!-- name -->` and `<!-- /name -->`. */
export function section(name: string): string {
  const found = new RegExp(`<!-- ${name} -->\n([\\s\\S]*?)<!-- /${name} -->`).exec(readme);
  if (found === null) throw new Error(`the README has no section ${name}`);
  return found[1] ?? '';
}

export function expectedErrorTable(): string {
  const rows = Object.entries(errorTable).map(
    ([code, { retryable, meaning }]) => `| \`${code}\` | ${retryable ? 'yes' : 'no'} | ${meaning} |`,
  );
  return ['| code | retryable | means |', '|---|---|---|', ...rows, ''].join('\n');
}

export function expectedRecipeErrorTable(): string {
  const rows = Object.entries(recipeErrors).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`);
  return ['| code | means |', '|---|---|', ...rows, ''].join('\n');
}
