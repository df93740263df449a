import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { HistoryLine } from '../../checkers/event-history.ts';
import { isStopped } from '../../cluster/process-state.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import { mix } from '../../simulation/prng.ts';
import type { HistoryRecorder } from '../history/history-recorder.ts';
import type { FencedResource } from './fenced-resource.ts';
import { OperationBook, type OperationTotals } from './operation-book.ts';
import { RunClock } from './run-clock.ts';
import type { FleetMessage, HeldLock, SessionKey, WorkerMessage, WorkerOptions } from './worker-messages.ts';

/** From the sources it runs by tsx, which is there whenever they are. */
const fromSources = import.meta.url.endsWith('.ts');
const entry = fileURLToPath(new URL(`./worker-main.${fromSources ? 'ts' : 'js'}`, import.meta.url));
const startDeadlineMs = 30_000;
const signalDeadlineMs = 5_000;

/** A worker that has not ended by the end of this process is ended with it, even if it is paused. */
const children = new Set<ChildProcess>();

function killChildren(): void {
  for (const child of children) child.kill('SIGKILL');
}

export interface WorkerProcessOptions extends Omit<WorkerOptions, 'startedNs' | 'credentials' | 'watchFrom'> {
  readonly startedNs: bigint;
  readonly recorder: HistoryRecorder;
  readonly totals: OperationTotals;
  readonly resource: FencedResource;
  readonly onSession: (session: SessionKey, of: WorkerProcess) => void;
  readonly onKey: (key: string) => void;
  /** What must not happen to a worker. */
  readonly onProblem: (problem: string) => void;
  /** Sessions of the others, for one that was started anew. */
  readonly sessionsFor: (worker: WorkerProcess) => readonly SessionKey[];
}

/** A program that uses the cluster, in a process of its own, which can be paused, killed, and started again. */
export class WorkerProcess {
  readonly name: string;
  /** Its links in the cluster bear this name. */
  readonly clientName: string;
  readonly #options: WorkerProcessOptions;
  readonly #clock: RunClock;
  readonly #watchFrom: Record<string, number> = {};
  readonly #credentials: string[] = [];
  readonly #watchPrefix = new Map<string, string>();
  #child: ChildProcess | undefined;
  #gone: Promise<void> = Promise.resolve();
  #book: OperationBook;
  #starts = 0;
  #paused = false;
  #killedAt: number | undefined;
  #phase: 'starting' | 'ready' | 'idle' | 'finished' = 'starting';
  #clockNs: number | undefined;
  #held: readonly HeldLock[] = [];

  constructor(options: WorkerProcessOptions) {
    this.name = options.name;
    this.clientName = options.name;
    this.#options = options;
    this.#clock = new RunClock(options.startedNs);
    this.#book = new OperationBook(options.recorder, options.totals);
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

  get phase(): string {
    return this.running || this.#phase === 'finished' ? this.#phase : 'ended';
  }

  /** As last reported: it may have lost them since. */
  get heldLocks(): readonly HeldLock[] {
    return this.#held;
  }

  /** What it has begun and not ended, for those who ask why it hangs. */
  get openOperations(): readonly string[] {
    return this.#book.open.map(({ process, call }) => `${process} ${call.op} ${call.key}`);
  }

  /** Resolves once its clock was found to be this process's; it begins as soon as it reaches the cluster. */
  async start(): Promise<void> {
    if (this.running) throw new Error(`${this.name} is running`);
    await this.#gone;
    this.#starts += 1;
    this.#phase = 'starting';
    this.#killedAt = undefined;
    this.#clockNs = undefined;
    this.#paused = false;
    this.#spawn();
    await this.#compareClocks();
    this.tell({ type: 'sessions', sessions: this.#options.sessionsFor(this) });
    this.tell({ type: 'begin' });
  }

  /** SIGSTOP. Resolves once the system says that every thread has stopped. */
  async pause(): Promise<void> {
    const pid = this.#signal('SIGSTOP');
    await waitFor(`${this.name} to be stopped`, async () => (await isStopped(pid)) ?? true, {
      timeoutMs: signalDeadlineMs,
      everyMs: 2,
    });
    this.#paused = true;
  }

  /** SIGCONT. Resolves once the system says that it runs. */
  async resume(): Promise<void> {
    const pid = this.#signal('SIGCONT');
    await waitFor(`${this.name} to run`, async () => !(await isStopped(pid)), {
      timeoutMs: signalDeadlineMs,
      everyMs: 2,
    });
    this.#paused = false;
  }

  /** Resolves once it is gone and what it had begun is in the history as unknown. */
  async kill(): Promise<void> {
    if (!this.running) return;
    this.#killedAt = this.#clock.now();
    this.#signal('SIGKILL');
    await this.#gone;
  }

  /** Killed, if it is running, and started as another process; its watches are resumed, and its sessions, if they are still there. */
  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  tell(message: FleetMessage): void {
    const child = this.#child;
    // One that has just ended is not told, and needs not be.
    if (child?.connected === true) child.send(message, () => undefined);
  }

  /** Resolves when it has ended by itself. */
  async ended(): Promise<void> {
    await this.#gone;
  }

  #spawn(): void {
    const { endpoints, seed, startedNs, sessionTtlMs, lockOnly } = this.#options;
    const options: WorkerOptions = {
      name: `${this.name}.${this.#starts}`,
      endpoints,
      seed: mix(seed, this.#starts),
      startedNs: String(startedNs),
      sessionTtlMs,
      lockOnly,
      credentials: this.#credentials,
      watchFrom: this.#watchFrom,
    };
    const child = fork(entry, [JSON.stringify(options)], {
      execArgv: [
        '--enable-source-maps',
        ...(fromSources ? ['--import', createRequire(import.meta.url).resolve('tsx')] : []),
      ],
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    });
    if (children.size === 0 && !process.listeners('exit').includes(killChildren)) process.on('exit', killChildren);
    children.add(child);
    let errors = '';
    child.stderr?.on('data', (data: Buffer) => {
      errors = (errors + data.toString()).slice(-4_000);
    });
    child.on('message', (batch: readonly WorkerMessage[]) => {
      for (const message of batch) this.#take(message);
    });
    this.#child = child;
    // What it had sent comes before 'close'.
    this.#gone = once(child, 'close').then(() => {
      children.delete(child);
      this.#held = [];
      this.#book.abandon(this.#killedAt ?? this.#clock.now());
      if (this.#killedAt !== undefined || (child.exitCode === 0 && this.#phase === 'finished')) return;
      const how = child.signalCode ?? `exit code ${child.exitCode}`;
      this.#options.onProblem(`${this.name} ended by itself (${how}) while ${this.#phase}: ${errors.trim()}`);
    });
  }

  async #compareClocks(): Promise<void> {
    const running = () => (this.running ? this.#clockNs !== undefined : true);
    const before = this.#clock.now();
    this.tell({ type: 'clock' });
    await waitFor(`the clock of ${this.name}`, running, { timeoutMs: startDeadlineMs, everyMs: 2 });
    const after = this.#clock.now();
    const there = this.#clockNs;
    if (there === undefined) throw new Error(`${this.name} ended before it had begun`);
    if (there < before || there > after) {
      throw new Error(`the clock of ${this.name} is another: ${there} is not within ${before} and ${after} ns`);
    }
  }

  #take(message: WorkerMessage): void {
    const { recorder, resource, totals } = this.#options;
    switch (message.type) {
      case 'begin':
        this.#book.begin(message.id, message);
        this.#options.onKey(message.call.key);
        return;
      case 'end':
        this.#book.end(message.id, message.how);
        return;
      case 'line':
        this.#note(message.line);
        recorder.record(message.line);
        return;
      case 'held':
        this.#held = message.locks;
        return;
      case 'session':
        this.#options.onSession(message.session, this);
        return;
      case 'credentials':
        this.#credentials[message.client] = message.credentials;
        return;
      case 'fenced': {
        const answer = resource.apply(message.process, message.request, message.start);
        totals.add('ok');
        this.tell({ type: 'fenced', id: message.id, answer });
        return;
      }
      case 'clock':
        this.#clockNs = message.ns;
        return;
      case 'phase':
        this.#phase = message.phase;
        return;
    }
  }

  #note(line: HistoryLine): void {
    if (line.op === 'session-alive' || line.op === 'session-lost' || line.op === 'session-closed') {
      this.#book.noteSession(line);
    } else if (line.op === 'watch-open') {
      this.#watchPrefix.set(line.watch, line.key);
      this.#watchFrom[line.key] = line.revision;
    } else if (line.op === 'watch-events') {
      const prefix = this.#watchPrefix.get(line.watch);
      if (prefix !== undefined) this.#watchFrom[prefix] = line.revision + 1;
    } else if (line.op === 'watch-end') {
      this.#watchPrefix.delete(line.watch);
    }
  }

  #signal(signal: NodeJS.Signals): number {
    const { pid } = this;
    if (pid === undefined || this.#child?.kill(signal) !== true) throw new Error(`${this.name} is not running`);
    return pid;
  }
}
