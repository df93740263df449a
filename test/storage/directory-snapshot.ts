import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';

/** Everything in a directory: names, sizes, times of change and contents. Two are equal if nothing has changed between them. */
export async function snapshotOf(directory: string): Promise<Readonly<Record<string, string>>> {
  const names = (await readdir(directory, { recursive: true })).sort();
  const found: Record<string, string> = {};
  for (const name of ['.', ...names]) {
    const file = path.join(directory, name);
    const { size, mode, mtimeNs, ctimeNs, ino } = await stat(file, { bigint: true });
    const isFile = (await stat(file)).isFile();
    const content = isFile
      ? createHash('sha1')
          .update(await readFile(file))
          .digest('hex')
      : '';
    found[name] = [ino, size, mode.toString(8), mtimeNs, ctimeNs, content].join(' ');
  }
  return found;
}
