import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { PlantedBug } from './mutant.ts';

const projectRoot = resolve(import.meta.dirname, '../..');
const copied = ['src', 'scripts', 'package.json', 'tsconfig.json'];

/** A copy of the sources in a temporary directory, in which one bug at a time is planted. */
export class PatchedCopy {
  readonly root: string;

  private constructor(root: string) {
    this.root = root;
  }

  static async create(): Promise<PatchedCopy> {
    const root = await mkdtemp(join(tmpdir(), 'conclave-mutants-'));
    for (const name of copied) await cp(join(projectRoot, name), join(root, name), { recursive: true });
    await symlink(join(projectRoot, 'node_modules'), join(root, 'node_modules'));
    return new PatchedCopy(root);
  }

  /** Plants the bug while `work` is done. @throws if its edits do not apply */
  async with<T>(bug: PlantedBug, work: () => Promise<T>): Promise<T> {
    const { before, after } = await patched(this.root, bug);
    try {
      for (const [file, text] of after) await writeFile(join(this.root, file), text);
      return await work();
    } finally {
      for (const [file, text] of before) await writeFile(join(this.root, file), text);
    }
  }

  async remove(): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }
}

/** @throws if a bug can not be planted in the sources as they are now */
export async function checkThatAllApply(bugs: readonly PlantedBug[]): Promise<void> {
  const problems: string[] = [];
  for (const bug of bugs) {
    await patched(projectRoot, bug).catch((error: Error) => problems.push(error.message));
  }
  if (problems.length > 0) throw new Error(problems.join('\n'));
}

interface PatchedFiles {
  readonly before: ReadonlyMap<string, string>;
  readonly after: ReadonlyMap<string, string>;
}

async function patched(root: string, { name, edits }: PlantedBug): Promise<PatchedFiles> {
  const before = new Map<string, string>();
  const after = new Map<string, string>();
  for (const { file, find, replace } of edits) {
    if (!before.has(file)) before.set(file, await readFile(join(root, file), 'utf8'));
    const parts = (after.get(file) ?? before.get(file) ?? '').split(find);
    if (parts.length !== 2) {
      throw new Error(
        `${name} can no longer be planted: ${file} has, ${parts.length - 1} times instead of once:\n${find}`,
      );
    }
    after.set(file, parts.join(replace));
  }
  return { before, after };
}
