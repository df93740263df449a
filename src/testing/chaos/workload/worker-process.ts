import type { HistoryLine } from '../../checkers/event-history.ts';
import { isStopped } from '../../cluster/process-state.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import { mix } from '../../simulation/prng.ts';
import type { HistoryRecorder } from '../history/history-recorder.ts';
import type { FencedResource } from './fenced-resource.ts';
import { OperationBook, type OperationTotals } from './operation-book.ts';
import { RunClock } from './run-clock.ts';
import type { FleetMessage, HeldLock, SessionKey, WorkerOptions } from './worker-messages.ts';
import { type RunEnd, type WorkerReport, WorkerRun } from './worker-run.ts';

const signalDeadlineMs = 5_000;

export interface WorkerProcessOptions extends Omit<WorkerOptions, 'startedNs'> {
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
  #run: WorkerRun | undefined;
  #standby: WorkerRun | undefined;
  #gone: Promise<void> = Promise.resolve();
  #book: OperationBook;
  #starts = 0;
  #paused = false;
  #killedAt: number | undefined;
  #phase: 'starting' | 'ready' | 'idle' | 'finished' = 'starting';
  #held: readonly HeldLock[] = [];

  constructor(options: WorkerProcessOptions) {
    this.name = options.name;
    this.clientName = options.name;
    this.#options = options;
    this.#clock = new RunClock(options.startedNs);
    this.#book = new OperationBook(options.recorder, options.totals);
  }

  get pid(): number | undefined {
    return this.#run?.pid;
  }

  get running(): boolean {
    return this.#run?.running === true;
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

  /** What the process has written to its stderr. */
  get errors(): string {
    return this.#run?.errors ?? '';
  }

  /** It begins as soon as it reaches the cluster; its watches are resumed, and its sessions, if they are still there. */
  async start(): Promise<void> {
    if (this.running) throw new Error(`${this.name} is running`);
    await this.#gone;
    const run = this.#standby?.running === true ? this.#standby : await this.#boot();
    this.#standby = undefined;
    this.#phase = 'starting';
    this.#killedAt = undefined;
    this.#paused = false;
    this.#run = run;
    this.#gone = run.ended.then((end) => this.#onEnded(end));
    this.tell({ type: 'sessions', sessions: this.#options.sessionsFor(this) });
    this.tell({ type: 'begin', credentials: this.#credentials, watchFrom: this.#watchFrom });
  }

  /** Boots the process that takes over with the next start, so that this one is missed for a moment only. */
  async standBy(): Promise<void> {
    this.#standby ??= await this.#boot();
  }

  async dismissStandby(): Promise<void> {
    const standby = this.#standby;
    this.#standby = undefined;
    standby?.kill('SIGKILL');
    await standby?.ended;
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

  /** Killed, if it is running, and started as another process. */
  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  tell(message: FleetMessage): void {
    this.#run?.tell(message);
  }

  /** Resolves when it has ended by itself. */
  async ended(): Promise<void> {
    await this.#gone;
  }

  async #boot(): Promise<WorkerRun> {
    this.#starts += 1;
    const { endpoints, seed, startedNs, sessionTtlMs, lockOnly } = this.#options;
    const name = `${this.name}.${this.#starts}`;
    const options = {
      name,
      endpoints,
      seed: mix(seed, this.#starts),
      startedNs: String(startedNs),
      sessionTtlMs,
      lockOnly,
    };
    const run = new WorkerRun(options, (message) => this.#take(message));
    await run.compareClocks(this.#clock);
    return run;
  }

  #onEnded({ exitCode, signal, errors }: RunEnd): void {
    this.#held = [];
    this.#book.abandon(this.#killedAt ?? this.#clock.now());
    if (this.#killedAt !== undefined || (exitCode === 0 && this.#phase === 'finished')) return;
    const how = signal ?? `exit code ${exitCode}`;
    this.#options.onProblem(`${this.name} ended by itself (${how}) while ${this.#phase}: ${errors}`);
  }

  #take(message: WorkerReport): void {
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
    if (pid === undefined || this.#run?.kill(signal) !== true) throw new Error(`${this.name} is not running`);
    return pid;
  }
}
