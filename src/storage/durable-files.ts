import { open } from 'node:fs/promises';
import path from 'node:path';

/** Makes the names in a directory durable. Windows has no such call, and keeps names by itself. */
export async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes the directories from `first` down to `last` durable, which have just been made. */
export async function syncNewDirectories(first: string, last: string): Promise<void> {
  for (let made = path.resolve(last); ; made = path.dirname(made)) {
    await syncDirectory(path.dirname(made));
    if (made === path.resolve(first) || made === path.dirname(made)) return;
  }
}

/** The code of a system error, such as `ENOENT`. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
