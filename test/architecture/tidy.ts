import { codeOnly, isGenerated, lineOf, type Sources, type Violation } from './sources.ts';

export const MAX_COLUMNS = 140;
export const MAX_LINES = 300;

/** A file that is longer than the rest, how long it may be, and why it should not be split. */
export type LongFile = { readonly lines: number; readonly reason: string };

const KEBAB_PATH = /^(?:[a-z0-9]+(?:-[a-z0-9]+)*\/)+[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z]+)?\.ts$/;

// Written so that this file does not find itself.
const MARKERS = /\b(?:TO[D]O|FIX[M]E|XX[X])\b/g;
const FOCUSED = /\b(?:test|it|describe|suite|bench)(?:\.\w+)*\.only\b/g;
const CONSOLE = /(?<![.\w$])console\s*\./g;

/** All violations of the house style in the given sources. */
export function checkTidy(sources: Sources, longFiles: Readonly<Record<string, LongFile>>): Violation[] {
  const violations: Violation[] = [];
  for (const [file, text] of sources) {
    if (isGenerated(file)) continue;
    const code = codeOnly(text);
    const add = (rule: string, line: number, detail: string): void => {
      violations.push({ file, line, rule, detail });
    };
    if (!KEBAB_PATH.test(file)) add('name', 1, 'file and directory names are in kebab-case');
    for (const match of text.matchAll(MARKERS)) add('leftover', lineOf(text, match.index), match[0]);
    for (const match of code.matchAll(FOCUSED)) add('leftover', lineOf(text, match.index), match[0]);
    if (file.startsWith('src/') && !file.startsWith('src/cli/')) {
      for (const match of code.matchAll(CONSOLE))
        add('console', lineOf(text, match.index), 'only the command line prints');
    }
    const lines = text.split('\n');
    lines.forEach((line, index) => {
      const columns = [...line].length;
      if (columns > MAX_COLUMNS) add('line length', index + 1, `${columns} columns, at most ${MAX_COLUMNS}`);
    });
    if (file.startsWith('src/') || file.startsWith('scripts/')) {
      const length = text.endsWith('\n') ? lines.length - 1 : lines.length;
      const allowed = longFiles[file]?.lines ?? MAX_LINES;
      if (length > allowed) add('file length', length, `${length} lines, at most ${allowed}: split it, or say why not`);
    }
  }
  return [...violations, ...checkRatchet(sources, longFiles)];
}

/** The list of long files only shrinks: an entry without need, or without a reason, has to go. */
function checkRatchet(sources: Sources, longFiles: Readonly<Record<string, LongFile>>): Violation[] {
  const violations: Violation[] = [];
  for (const [file, { reason }] of Object.entries(longFiles)) {
    const lines = sources.get(file)?.split('\n').length ?? 0;
    const add = (detail: string): void => {
      violations.push({ file, line: 1, rule: 'ratchet', detail });
    };
    if (lines <= MAX_LINES) add(`no longer over ${MAX_LINES} lines: take it off the list`);
    if (reason.trim() === '') add('give a reason');
  }
  return violations;
}
