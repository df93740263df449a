import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The root of the repository. */
export const root = path.resolve(import.meta.dirname, '../..');

/** A file name, relative to the root and with forward slashes, and its text. */
export type Sources = ReadonlyMap<string, string>;

export type Violation = {
  readonly file: string;
  readonly line: number;
  readonly rule: string;
  readonly detail: string;
};

/** Reads every TypeScript file below the given directories; one that does not exist (yet) counts as empty. */
export function readSources(...directories: readonly string[]): Sources {
  const sources = new Map<string, string>();
  for (const directory of directories) {
    for (const file of listFiles(directory)) {
      if (file.endsWith('.ts')) sources.set(file, readFileSync(path.join(root, file), 'utf8'));
    }
  }
  return sources;
}

function listFiles(directory: string): string[] {
  try {
    return readdirSync(path.join(root, directory), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
      .sort();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

/** Written by a tool, and so free of the rules about length and names. */
export function isGenerated(file: string): boolean {
  return file.includes('.generated.') || file.includes('/generated/');
}

export function lineOf(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
}

/** One line per violation, so that a failing test reads like a compiler's output. */
export function report(violations: readonly Violation[]): string[] {
  return violations.map(({ file, line, rule, detail }) => `${file}:${line} ${rule}: ${detail}`);
}

const REGEX_MAY_FOLLOW =
  /(?:^|[([{,;:=!&|?+\-*%<>~^}]|\b(?:return|typeof|case|in|of|do|else|void|delete|throw|yield))\s*$/;

/**
 * Blanks comments and the inside of strings, templates and regular expressions, keeping every offset and line break:
 * what is left is code, and a word found in it is not prose. Code inside `${…}` stays.
 */
export function codeOnly(text: string): string {
  const out = text.split('');
  const templates: number[] = []; // for each template that is open: the depth of braces inside its `${`
  let at = 0;

  const blank = (end: number): void => {
    for (; at < end && at < text.length; at++) if (out[at] !== '\n') out[at] = ' ';
  };
  const inTemplate = (): void => {
    while (at < text.length) {
      if (text[at] === '`') {
        at++;
        return;
      }
      if (text.startsWith('${', at)) {
        at += 2;
        templates.push(0);
        return;
      }
      blank(at + (text[at] === '\\' ? 2 : 1));
    }
  };

  while (at < text.length) {
    const char = text[at];
    const depth = templates.at(-1);
    if (text.startsWith('//', at)) {
      blank(endOf(text, '\n', at));
    } else if (text.startsWith('/*', at)) {
      blank(endOf(text, '*/', at + 2) + 2);
    } else if (char === "'" || char === '"') {
      at++;
      blank(endOfString(text, at, char));
      at++;
    } else if (char === '`') {
      at++;
      inTemplate();
    } else if (char === '/' && REGEX_MAY_FOLLOW.test(out.slice(Math.max(0, at - 40), at).join(''))) {
      at++;
      blank(endOfRegex(text, at));
      at++;
    } else if (depth !== undefined && char === '}' && depth === 0) {
      templates.pop();
      at++;
      inTemplate();
    } else {
      if (depth !== undefined && char === '{') templates[templates.length - 1] = depth + 1;
      if (depth !== undefined && char === '}') templates[templates.length - 1] = depth - 1;
      at++;
    }
  }
  return out.join('');
}

function endOf(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from);
  return at === -1 ? text.length : at;
}

function endOfString(text: string, from: number, quote: string): number {
  let at = from;
  while (at < text.length && text[at] !== quote && text[at] !== '\n') at += text[at] === '\\' ? 2 : 1;
  return at;
}

function endOfRegex(text: string, from: number): number {
  let inClass = false;
  let at = from;
  for (; at < text.length && text[at] !== '\n'; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '[') inClass = true;
    else if (text[at] === ']') inClass = false;
    else if (text[at] === '/' && !inClass) break;
  }
  return at;
}
