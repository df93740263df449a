import { spawn } from 'node:child_process';
import { entryPoint, repository, waitFor } from './support.ts';

/** A command on a pseudo-terminal of its own: it finds a terminal in all of its standard streams. */
export class TerminalRun {
  #shown = '';
  readonly #type: (text: string) => void;
  readonly exitCode: Promise<number>;

  /** Made by `script` of util-linux. */
  constructor(words: readonly string[], environment: Readonly<Record<string, string>>) {
    const quoted = [process.execPath, entryPoint, ...words].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
    const script = spawn('script', ['--quiet', '--return', '--command', quoted.join(' '), '/dev/null'], {
      cwd: repository,
      env: { PATH: process.env['PATH'], NO_COLOR: '1', ...environment },
    });
    script.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#shown += text;
    });
    this.#type = (text) => void script.stdin.write(text);
    this.exitCode = new Promise((resolve, reject) => {
      script.once('error', reject);
      script.once('close', (code) => resolve(code ?? -1));
    });
  }

  /** All that has been on the screen, with the line ends of a terminal as a newline each. */
  get shown(): string {
    return this.#shown.replaceAll('\r\n', '\n');
  }

  /** Waits for a question, and types what is said to it. */
  async answer(question: string, text: string): Promise<void> {
    await waitFor(`'${question}' on the terminal`, () => this.#shown.includes(question));
    this.#type(`${text}\r`);
  }
}
