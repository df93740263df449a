import { type OutputStream, write } from '../output.ts';

const clearScreen = '\u001b[2J';
const home = '\u001b[H';
const eraseToEndOfLine = '\u001b[K';
const eraseBelow = '\u001b[J';
/** A long line is cut by the terminal, so that each stays one line. */
const withoutWrapping = '\u001b[?7l';
const withWrapping = '\u001b[?7h';

/**
 * Shows one text after the other: on a terminal in the place of the one before, line over line, so that nothing flickers; elsewhere below
 * it, after an empty line.
 */
export class Screen {
  readonly #stream: OutputStream;
  #isFirst = true;

  constructor(stream: OutputStream) {
    this.#stream = stream;
  }

  async show(text: string): Promise<void> {
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    if (this.#stream.isTTY !== true) {
      await write(this.#stream, `${isFirst ? '' : '\n'}${text}\n`);
      return;
    }
    const lines = text.split('\n').map((line) => `${line}${eraseToEndOfLine}\n`);
    const start = isFirst ? `${clearScreen}${home}` : home;
    await write(this.#stream, `${withoutWrapping}${start}${lines.join('')}${eraseBelow}${withWrapping}`);
  }
}
