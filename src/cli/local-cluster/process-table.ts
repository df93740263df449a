import { readFile } from 'node:fs/promises';

/**
 * The moment when the process started, in clock ticks since boot: with the process id it names a process for ever. Unknown
 * where there is no `/proc`.
 */
export async function processStartTime(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The second field is the program's name in parentheses, which may hold anything.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is alive, too.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
