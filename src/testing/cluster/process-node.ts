import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';

export interface ProcessNodeOptions {
  readonly id: string;
  readonly address: string;
  readonly http: string;
  readonly dataDir: string;
  readonly logFile: string;
  /** Of all members: `n1=HOST:PORT,n2=…`. */
  readonly initial: string;
  /** The compiled `cli/main.js`. */
  readonly entry: string;
  readonly extraArguments: readonly string[];
  /** Of Node.js itself, such as `--cpu-prof`. */
  readonly nodeArguments: readonly string[];
}

export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One real node: `conclave serve` in a process of its own, whose fate the test decides. */
export class ProcessNode {
  readonly id: string;
  readonly address: string;
  readonly http: string;
  readonly dataDir: string;
  readonly logFile: string;
  readonly #options: ProcessNodeOptions;
  #child: ChildProcess | undefined;
  #exited: Promise<ProcessExit> | undefined;

  constructor(options: ProcessNodeOptions) {
    this.id = options.id;
    this.address = options.address;
    this.http = options.http;
    this.dataDir = options.dataDir;
    this.logFile = options.logFile;
    this.#options = options;
  }

  /** Another process with some options changed, not started. */
  copy(changes: Partial<ProcessNodeOptions>): ProcessNode {
    return new ProcessNode({ ...this.#options, ...changes });
  }

  get pid(): number | undefined {
    return this.running ? this.#child?.pid : undefined;
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  start(): void {
    if (this.running) throw new Error(`${this.id} is running`);
    const { entry, initial, extraArguments, nodeArguments } = this.#options;
    const log = createWriteStream(this.logFile, { flags: 'a' });
    const child = spawn(
      process.execPath,
      [
        '--enable-source-maps',
        ...nodeArguments,
        entry,
        'serve',
        // It ends when this process does, however that ends.
        '--supervised',
        ...['--id', this.id],
        ...['--data', this.dataDir],
        ...['--listen', this.address],
        ...['--http', this.http],
        ...['--initial', initial],
        ...extraArguments,
      ],
      { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] },
    );
    child.stdout?.pipe(log, { end: false });
    child.stderr?.pipe(log, { end: false });
    this.#child = child;
    this.#exited = once(child, 'close').then(([code, signal]) => {
      log.end();
      return { code: code as number | null, signal: signal as NodeJS.Signals | null };
    });
  }

  signal(signal: NodeJS.Signals): void {
    if (this.#child?.kill(signal) !== true) throw new Error(`${this.id} cannot be sent ${signal}`);
  }

  /** How the process ended; waits for it. */
  exited(): Promise<ProcessExit> {
    if (this.#exited === undefined) throw new Error(`${this.id} was never started`);
    return this.#exited;
  }

  async kill(): Promise<void> {
    if (!this.running) return;
    this.signal('SIGKILL');
    await this.exited();
  }

  async stop(): Promise<void> {
    if (!this.running) return;
    this.signal('SIGTERM');
    await this.exited();
  }
}
