import { UsageFailure } from '../failure.ts';

export interface TextWord {
  readonly text: string;
  readonly quoted: boolean;
}

/** A JSON string, or everything up to the next blank. */
const wordForm = /"(?:[^"\\]|\\.)*"|[^\s"]\S*/y;

/**
 * The words of a line: divided by blanks, or in quotes as JSON has them; `#` before a word begins a comment.
 * @throws UsageFailure that names the line
 */
export function wordsOfLine(line: string, place: string): readonly TextWord[] {
  const words: TextWord[] = [];
  let at = 0;
  for (;;) {
    while (/\s/.test(line.charAt(at))) at += 1;
    if (at >= line.length || line[at] === '#') return words;
    wordForm.lastIndex = at;
    const written = wordForm.exec(line)?.[0];
    if (written === undefined) throw new UsageFailure(`${place}: a quote is not closed`);
    at += written.length;
    const quoted = written.startsWith('"');
    if (quoted && /\S/.test(line.charAt(at))) throw new UsageFailure(`${place}: a blank belongs behind ${written}`);
    words.push({ text: quoted ? unquoted(written, place) : written, quoted });
  }
}

function unquoted(written: string, place: string): string {
  try {
    return JSON.parse(written) as string;
  } catch (error) {
    throw new UsageFailure(`${place}: ${written} is no string as JSON has them`, { cause: error });
  }
}
