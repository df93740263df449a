import { readdir, readFile } from 'node:fs/promises';

/** Whether every thread of a process is stopped by a signal (state T). Undefined where there is no /proc to ask. */
export async function isStopped(pid: number): Promise<boolean | undefined> {
  let threads: readonly string[];
  try {
    threads = await readdir(`/proc/${pid}/task`);
  } catch {
    return undefined;
  }
  const states = await Promise.all(threads.map((thread) => stateOf(`/proc/${pid}/task/${thread}/stat`)));
  return states.every((state) => state === 'T' || state === undefined);
}

/** The letter after the name, which stands in parentheses and may contain any. Undefined: the thread has ended. */
async function stateOf(file: string): Promise<string | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text?.slice(text.lastIndexOf(')') + 2, text.lastIndexOf(')') + 3);
}
