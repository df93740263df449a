import { closeSync, fstatSync, mkdirSync, openSync, readSync } from 'node:fs';
import path from 'node:path';

/** The end of a log is enough to say what went wrong. */
const tailBytes = 16 * 1024;

/** A node's log file as it was opened for one start of the node. */
export interface OpenLog {
  readonly descriptor: number;
  /** Where this start begins. */
  readonly offset: number;
}

/** Opens the log for appending. The caller closes the descriptor once the node has it. */
export function openLog(file: string): OpenLog {
  mkdirSync(path.dirname(file), { recursive: true });
  const descriptor = openSync(file, 'a');
  return { descriptor, offset: fstatSync(descriptor).size };
}

/** The last lines written since that start, at most so many. */
export function lastLines(file: string, offset: number, count: number): string[] {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    return [];
  }
  try {
    const { size } = fstatSync(descriptor);
    const from = Math.max(offset, size - tailBytes);
    const bytes = Buffer.alloc(Math.max(0, size - from));
    const length = readSync(descriptor, bytes, 0, bytes.length, from);
    return bytes
      .toString('utf8', 0, length)
      .split('\n')
      .filter((line) => line.trim() !== '')
      .slice(-count);
  } finally {
    closeSync(descriptor);
  }
}

/** The last line of the form `error CODE: message`, with which a node that cannot start ends. */
export function codedErrorIn(
  lines: readonly string[],
): { readonly code: string; readonly message: string } | undefined {
  for (const line of lines.toReversed()) {
    const match = /^error ([A-Z][A-Z0-9_]*): (.*)$/.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) return { code: match[1], message: match[2] };
  }
  return undefined;
}
