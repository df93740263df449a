import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { type NodeReport, requestStatus } from '../../rpc/admin-client.ts';
import { variableOf } from '../../server/index.ts';
import { freePorts } from './free-ports.ts';
import { isStopped } from './process-state.ts';
import { portOf, type TestNode, type TestNodeOptions } from './test-node.ts';
import { waitFor } from './wait-for.ts';

export interface ProcessNodeOptions extends TestNodeOptions {
  /** The compiled `cli/main.js`. */
  readonly entry: string;
  /** Of Node.js itself, such as `--cpu-prof`. */
  readonly nodeArguments: readonly string[];
}

/** What is special about one run of a node, until it ends. */
export interface ProcessLaunch {
  /**
   * A program and its arguments that run the node, such as a tracer. It must leave the node the process that was started:
   * `strace -D`, not `strace`.
   */
  readonly prefix?: readonly string[] | undefined;
  /** With an empty directory, to be taken in anew. */
  readonly join?: boolean | undefined;
  /** Beside the variables of this process, such as `LD_PRELOAD`. */
  readonly environment?: Readonly<Record<string, string>> | undefined;
}

export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A node that has not ended by the end of this process is ended with it, even if it is paused. */
const children = new Set<ChildProcess>();

function endWithThisProcess(child: ChildProcess): void {
  if (!process.listeners('exit').includes(killChildren)) process.on('exit', killChildren);
  children.add(child);
}

function killChildren(): void {
  for (const child of children) child.kill('SIGKILL');
}

/** `conclave serve` in a process of its own. */
export class ProcessNode implements TestNode {
  readonly id: string;
  readonly address: string;
  readonly httpAddress: string;
  readonly dataDir: string;
  readonly logFile: string;
  readonly #options: ProcessNodeOptions;
  #child: ChildProcess | undefined;
  #exited: Promise<ProcessExit> | undefined;
  #paused = false;

  constructor(options: ProcessNodeOptions) {
    this.id = options.id;
    this.address = options.address;
    this.httpAddress = options.httpAddress;
    this.dataDir = options.dataDir;
    this.logFile = options.logFile;
    this.#options = options;
  }

  /**
   * A further process under the same id on ports of its own: by mistake, as operators make them. Not started, and none of the
   * cluster's nodes.
   */
  async copy(dataDir: string): Promise<ProcessNode> {
    const [port, httpPort] = await freePorts(2);
    return new ProcessNode({
      ...this.#options,
      address: `127.0.0.1:${port}`,
      httpAddress: `127.0.0.1:${httpPort}`,
      dataDir,
      logFile: `${this.logFile}-copy`,
      dial: undefined,
      onUp: async () => undefined,
      onDown: async () => undefined,
    });
  }

  get pid(): number | undefined {
    return this.running ? this.#child?.pid : undefined;
  }

  get running(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get paused(): boolean {
    return this.running && this.#paused;
  }

  async start(launch: ProcessLaunch = {}): Promise<void> {
    if (this.running) throw new Error(`${this.id} is running`);
    const exited = this.#spawn(launch);
    const ask = async () => (this.running ? (await this.#isServing()) && 'serving' : 'ended');
    const outcome = await waitFor(`${this.id} to serve ${this.address}`, ask, { timeoutMs: 30_000, everyMs: 10 });
    if (outcome === 'ended') {
      const { code, signal } = await exited;
      const lastLine = (await readFile(this.logFile, 'utf8')).trimEnd().split('\n').at(-1);
      throw new Error(`${this.id} ended before it served (${signal ?? `exit code ${code}`}): ${lastLine}`);
    }
    await this.#options.onUp();
  }

  /** How the process ended; waits for it. */
  exited(): Promise<ProcessExit> {
    if (this.#exited === undefined) throw new Error(`${this.id} was never started`);
    return this.#exited;
  }

  async stop(): Promise<void> {
    if (this.paused) throw new Error(`${this.id} is paused and would not hear of it: resume it first`);
    await this.#end('SIGTERM');
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** SIGSTOP. Resolves once the system says that every thread has stopped. */
  async pause(): Promise<void> {
    const pid = this.#signal('SIGSTOP');
    await waitFor(`${this.id} to be stopped`, async () => (await isStopped(pid)) ?? true, {
      timeoutMs: 5_000,
      everyMs: 2,
    });
    this.#paused = true;
  }

  /** SIGCONT. Resolves once the system says that it runs. */
  async resume(): Promise<void> {
    const pid = this.#signal('SIGCONT');
    await waitFor(`${this.id} to run`, async () => !(await isStopped(pid)), { timeoutMs: 5_000, everyMs: 2 });
    this.#paused = false;
  }

  async report(): Promise<NodeReport | undefined> {
    if (!this.running || this.#paused) return undefined;
    return await requestStatus(this.address, { timeoutMs: 1_000 }).catch(() => undefined);
  }

  /** Somebody else may have its port. */
  async #isServing(): Promise<boolean> {
    if (!(await isListening(portOf(this.address)))) return false;
    return this.running && (await this.report())?.pid === this.pid;
  }

  #spawn({ prefix = [], environment = {}, join = this.#options.join }: ProcessLaunch): Promise<ProcessExit> {
    const { entry, initial, dial, nodeArguments, settings, onDown } = this.#options;
    const log = createWriteStream(this.logFile, { flags: 'a' });
    const [program = process.execPath, ...programArguments] = [...prefix, process.execPath];
    const child = spawn(
      program,
      [
        ...programArguments,
        '--enable-source-maps',
        ...nodeArguments,
        entry,
        'serve',
        // It ends when this process does, however that ends.
        '--supervised',
        ...['--id', this.id],
        ...['--data', this.dataDir],
        ...['--listen', this.address],
        ...['--http', this.httpAddress],
        ...['--initial', initial],
        ...(join ? ['--join'] : []),
        ...(dial === undefined ? [] : ['--dial', dial]),
      ],
      { stdio: ['ignore', 'pipe', 'pipe', 'ipc'], env: { ...environmentWith(settings), ...environment } },
    );
    child.stdout?.pipe(log, { end: false });
    child.stderr?.pipe(log, { end: false });
    endWithThisProcess(child);
    this.#child = child;
    this.#paused = false;
    const down = once(child, 'exit').then(onDown);
    this.#exited = once(child, 'close').then(async ([code, signal]) => {
      children.delete(child);
      await down;
      await new Promise<void>((resolve) => log.end(resolve));
      return { code: code as number | null, signal: signal as NodeJS.Signals | null };
    });
    return this.#exited;
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (!this.running) return;
    this.#signal(signal);
    await this.exited();
  }

  #signal(signal: NodeJS.Signals): number {
    const { pid } = this;
    if (pid === undefined || this.#child?.kill(signal) !== true) throw new Error(`${this.id} is not running`);
    return pid;
  }
}

/** Settings of the program that runs the test are not meant for its nodes. */
function environmentWith(settings: Readonly<Record<string, unknown>>): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('CONCLAVE_'));
  const given = Object.entries(settings).filter(([, value]) => value !== undefined);
  return {
    ...Object.fromEntries(own),
    ...Object.fromEntries(given.map(([name, value]) => [variableOf(name), String(value)])),
  };
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(port, '127.0.0.1');
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}
