import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { waitFor } from '../../cluster/wait-for.ts';
import type { RunClock } from './run-clock.ts';
import type { FleetMessage, WorkerMessage, WorkerOptions } from './worker-messages.ts';

/** From the sources it runs by tsx, which is there whenever they are. */
const fromSources = import.meta.url.endsWith('.ts');
const entry = fileURLToPath(new URL(`./worker-main.${fromSources ? 'ts' : 'js'}`, import.meta.url));
const startDeadlineMs = 30_000;

/** A worker that has not ended by the end of this process is ended with it, even if it is paused. */
const children = new Set<ChildProcess>();

function killChildren(): void {
  for (const child of children) child.kill('SIGKILL');
}

export type WorkerReport = Exclude<WorkerMessage, { readonly type: 'clock' }>;

/** How it ended, and what it said of it. */
export interface RunEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly errors: string;
}

/** One process of a worker, from its start to its end. It does nothing until it is told to begin. */
export class WorkerRun {
  /** What it had sent comes before. */
  readonly ended: Promise<RunEnd>;
  readonly #name: string;
  readonly #child: ChildProcess;
  #errors = '';
  #clockNs: number | undefined;

  constructor(options: WorkerOptions, onReport: (report: WorkerReport) => void) {
    this.#name = options.name;
    const child = fork(entry, [JSON.stringify(options)], {
      execArgv: [
        '--enable-source-maps',
        ...(fromSources ? ['--import', createRequire(import.meta.url).resolve('tsx')] : []),
      ],
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    });
    if (children.size === 0 && !process.listeners('exit').includes(killChildren)) process.on('exit', killChildren);
    children.add(child);
    child.stderr?.on('data', (data: Buffer) => {
      this.#errors = (this.#errors + data.toString()).slice(-4_000);
    });
    child.on('message', (batch: readonly WorkerMessage[]) => {
      for (const message of batch) {
        if (message.type === 'clock') this.#clockNs = message.ns;
        else onReport(message);
      }
    });
    this.#child = child;
    this.ended = once(child, 'close').then(() => {
      children.delete(child);
      return { exitCode: child.exitCode, signal: child.signalCode, errors: this.errors };
    });
  }

  get pid(): number | undefined {
    return this.running ? this.#child.pid : undefined;
  }

  /** What it has written to its stderr so far, or the end of it. */
  get errors(): string {
    return this.#errors.trim();
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves once its clock was found to be this process's. */
  async compareClocks(clock: RunClock): Promise<void> {
    const told = () => (this.running ? this.#clockNs !== undefined : true);
    const before = clock.now();
    this.tell({ type: 'clock' });
    await waitFor(`the clock of ${this.#name}`, told, { timeoutMs: startDeadlineMs, everyMs: 2 });
    const after = clock.now();
    const there = this.#clockNs;
    if (there === undefined) throw new Error(`${this.#name} ended before it had begun: ${this.errors}`);
    if (there < before || there > after) {
      throw new Error(`the clock of ${this.#name} is another: ${there} is not within ${before} and ${after} ns`);
    }
  }

  tell(message: FleetMessage): void {
    // One that has just ended is not told, and needs not be.
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  /** False: it is not running. */
  kill(signal: NodeJS.Signals): boolean {
    return this.#child.kill(signal);
  }
}
