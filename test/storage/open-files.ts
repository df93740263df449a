import { closeSync, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';

/** Puts a device in the place of an open file of this process, so that what LevelDB does to it from then on fails. */
export function replaceOpenFile(file: string, device: '/dev/full' | '/dev/null'): void {
  const descriptor = readdirSync('/proc/self/fd')
    .map(Number)
    .find((candidate) => {
      try {
        return readlinkSync(`/proc/self/fd/${candidate}`) === file;
      } catch {
        return false; // the descriptor of the listing itself
      }
    });
  if (descriptor === undefined) throw new Error(`${file} is not open`);
  closeSync(descriptor);
  const others: number[] = [];
  for (let opened = -1; opened !== descriptor; ) {
    opened = openSync(device, 'w');
    if (opened !== descriptor) others.push(opened);
  }
  for (const other of others) closeSync(other);
}

/** The write-ahead log of a database, of which there must be one only. */
export async function logOf(database: string): Promise<string> {
  const logs = (await readdir(database)).filter((name) => name.endsWith('.log'));
  return path.join(database, logs[0] ?? '');
}

/** How many tables of a database are mapped into the memory of this process. */
export function mappedTables(database: string): number {
  const lines = readFileSync('/proc/self/maps', 'utf8').split('\n');
  return lines.filter((line) => line.includes(`${database}/`) && line.endsWith('.ldb')).length;
}
