import { limits } from '../../wire/limits.ts';
import { UsageFailure } from '../failure.ts';
import { type TextWord, wordsOfLine } from './text-words.ts';
import type { Nested, Statement, WrittenTransaction } from './written-transaction.ts';

const sections = ['if', 'then', 'else'] as const;
type Section = (typeof sections)[number];

/** A line with something on it. */
interface Line {
  readonly words: readonly [TextWord, ...TextWord[]];
  readonly place: string;
}

/** A transaction that is being read. */
interface Draft extends WrittenTransaction {
  readonly if: Statement[];
  readonly then: (Statement | Nested)[];
  readonly else: (Statement | Nested)[];
}

/** @throws UsageFailure that names the line */
export function parseText(text: string): WrittenTransaction {
  const lines = text.split(/\r?\n/).flatMap((line, at): Line[] => {
    const place = `line ${at + 1}`;
    const [first, ...others] = wordsOfLine(line, place);
    return first === undefined ? [] : [{ words: [first, ...others], place }];
  });
  if (lines.length === 0) throw new UsageFailure('there is no transaction on standard input');
  return new TextReader(lines).read(undefined, 1);
}

class TextReader {
  readonly #lines: readonly Line[];
  #at = 0;

  constructor(lines: readonly Line[]) {
    this.#lines = lines;
  }

  /** Up to the end; of a transaction that a line has opened within another, up to its `end`. */
  read(opening: Line | undefined, depth: number): WrittenTransaction {
    const draft: Draft = { if: [], then: [], else: [] };
    let section: Section | undefined;
    for (;;) {
      const line = this.#lines[this.#at];
      this.#at += 1;
      if (line === undefined) {
        if (opening === undefined) return draft;
        throw new UsageFailure(`${opening.place}: this txn has no end`);
      }
      const keyword = keywordOf(line);
      if (keyword === 'end') {
        if (opening !== undefined) return draft;
        throw new UsageFailure(`${line.place}: there is no txn that this would end`);
      }
      if (keyword === undefined || keyword === 'txn') this.#take(line, keyword === 'txn', section, draft, depth);
      else section = sectionAfter(section, keyword, line);
    }
  }

  /** What stands in a section. */
  #take(line: Line, opensNested: boolean, section: Section | undefined, draft: Draft, depth: number): void {
    const { place } = line;
    if (section === undefined) throw new UsageFailure(`${place}: before it belongs if, then or else`);
    if (!opensNested) draft[section].push(statementOf(line));
    else if (section === 'if') throw new UsageFailure(`${place}: a transaction is no condition`);
    else if (depth < limits.transactionDepth) {
      draft[section].push({ kind: 'nested', transaction: this.read(line, depth + 1) });
    } else {
      throw new UsageFailure(`${place}: more than ${limits.transactionDepth} transactions are within each other`);
    }
  }
}

/** The only word of its line, and without quotes. */
function keywordOf({ words: [first, ...others] }: Line): Section | 'txn' | 'end' | undefined {
  if (others.length > 0 || first.quoted) return undefined;
  return ([...sections, 'txn', 'end'] as const).find((keyword) => keyword === first.text);
}

function sectionAfter(before: Section | undefined, section: Section, { place }: Line): Section {
  if (before === undefined || sections.indexOf(before) < sections.indexOf(section)) return section;
  throw new UsageFailure(`${place}: ${section} stands behind ${before}; the order is if, then, else, each once`);
}

function statementOf({ words, place }: Line): Statement {
  return { kind: 'statement', words: words.map(({ text }) => text), place };
}
