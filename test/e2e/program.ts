import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { waitFor } from '../../src/testing/cluster/wait-for.ts';

export type Message = Readonly<Record<string, unknown>> & { readonly event: string };

/** A small program of its own process that speaks JSON lines: another user of the cluster, who can be killed or stopped. */
export class Program implements Disposable {
  readonly messages: Message[] = [];
  readonly #child: ChildProcess;
  #errors = '';

  constructor(file: string, programArguments: readonly string[]) {
    const path = fileURLToPath(new URL(`./programs/${file}`, import.meta.url));
    this.#child = spawn(process.execPath, [path, ...programArguments], { stdio: ['pipe', 'pipe', 'pipe'] });
    const { stdout, stderr } = this.#child;
    if (stdout === null || stderr === null) throw new Error('no pipes');
    createInterface({ input: stdout }).on('line', (line) => this.messages.push(JSON.parse(line) as Message));
    stderr.on('data', (data: Buffer) => {
      this.#errors += data.toString();
    });
  }

  tell(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Kills it, and resolves when it is gone, and with it what it had locked. */
  async kill(): Promise<void> {
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await gone;
  }

  async next(event: string, timeoutMs = 15_000): Promise<Message> {
    const found = await waitFor(
      `event ${event}; so far ${JSON.stringify(this.messages)} ${this.#errors}`,
      () => this.messages.find((message) => message.event === event),
      { timeoutMs, everyMs: 5 },
    );
    this.messages.splice(this.messages.indexOf(found), 1);
    return found;
  }

  has(event: string): boolean {
    return this.messages.some((message) => message.event === event);
  }

  [Symbol.dispose](): void {
    this.#child.kill('SIGKILL');
  }
}
