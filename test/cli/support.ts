import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isFree } from '../../src/cli/local-cluster/ports.ts';

export const repository = fileURLToPath(new URL('../../', import.meta.url));
export const entryPoint = path.join(repository, 'dist/cli/main.js');

/** Waits for a condition, not for a time; the time is only a bound. */
export async function waitFor<T>(
  what: string,
  condition: () => T | Promise<T>,
  timeoutMs = 10_000,
): Promise<Exclude<T, false | undefined>> {
  const startedMs = performance.now();
  for (;;) {
    const value = await condition();
    if (value !== false && value !== undefined) return value as Exclude<T, false | undefined>;
    if (performance.now() - startedMs > timeoutMs) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`);
    await delay(20);
  }
}

/**
 * A port B so that B to B+4 and B+80 to B+84 are free: below those that the system hands out, away from 7101, and not one
 * that a test worker beside this one could be given.
 */
export async function freeBasePort(): Promise<number> {
  const worker = Number(process.env['VITEST_POOL_ID'] ?? 0) % 4;
  for (;;) {
    const base = 10_000 + 200 * (4 * Math.floor(Math.random() * 25) + worker);
    const ports = [0, 1, 2, 3, 4].flatMap((offset) => [base + offset, base + 80 + offset]);
    const free = await Promise.all(ports.map(isFree));
    if (free.every(Boolean)) return base;
  }
}

export interface Finished {
  readonly stdout: string;
  readonly stderr: string;
  /** As a shell has it: 128 + n after signal n. */
  readonly exitCode: number;
}

export interface RunningCommand {
  readonly pid: number;
  readonly process: ChildProcess;
  /** What was printed so far. */
  stdout(): string;
  stderr(): string;
  signal(signal: NodeJS.Signals): void;
  readonly finished: Promise<Finished>;
}

export interface CommandSetup {
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  readonly stdin?: string | Uint8Array | undefined;
  readonly cwd?: string | undefined;
  /** In a process group of its own, to be signalled as a whole. */
  readonly detached?: boolean | undefined;
}

/** Starts a program and records what it prints. */
export function startProgram(program: string, words: readonly string[], setup: CommandSetup = {}): RunningCommand {
  const child = spawn(program, words, {
    cwd: setup.cwd ?? repository,
    detached: setup.detached ?? false,
    env: { ...cleanEnvironment(), ...setup.environment },
    stdio: [setup.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(setup.stdin);
  const finished = new Promise<Finished>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      resolve({ ...output, exitCode: signal === null ? (code ?? -1) : 128 + signalNumber(signal) });
    });
  });
  return {
    pid: child.pid ?? -1,
    process: child,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    signal: (signal) => void child.kill(signal),
    finished,
  };
}

/** Starts `conclave`. */
export function startCli(words: readonly string[], setup: CommandSetup = {}): RunningCommand {
  return startProgram(process.execPath, [entryPoint, ...words], setup);
}

export interface ReadyMember {
  readonly id: string;
  readonly pid: number;
  readonly address: string;
  readonly http: string;
  readonly dataDir: string;
}

export interface ReadyEvent {
  readonly event: 'ready';
  readonly clusterId: string;
  readonly endpoints: readonly string[];
  readonly members: readonly ReadyMember[];
}

export interface ClusterSetup extends CommandSetup {
  /** Further options of `up`. */
  readonly words?: readonly string[];
  readonly basePort?: number;
  readonly directory?: string;
}

/** A local cluster, run by a real `conclave up --json` on free ports, with its data in a temporary directory. */
export class UpCluster {
  readonly up: RunningCommand;
  readonly directory: string;
  readonly basePort: number;
  readonly ready: ReadyEvent;

  private constructor(up: RunningCommand, directory: string, basePort: number, ready: ReadyEvent) {
    this.up = up;
    this.directory = directory;
    this.basePort = basePort;
    this.ready = ready;
  }

  static async start(setup: ClusterSetup = {}): Promise<UpCluster> {
    const directory = setup.directory ?? (await temporaryDirectory());
    const basePort = setup.basePort ?? (await freeBasePort());
    const words = ['up', '--json', '--base-port', String(basePort), '--data-dir', directory, ...(setup.words ?? [])];
    const up = startCli(words, setup);
    let ended = false;
    void up.finished.then(() => {
      ended = true;
    });
    try {
      const ready = await waitFor(
        'a cluster that is ready',
        () => {
          if (ended) throw new Error(`up has ended: ${up.stdout()}${up.stderr()}`);
          return eventsIn(up.stdout()).find((event) => event['event'] === 'ready');
        },
        25_000,
      );
      return new UpCluster(up, directory, basePort, ready as unknown as ReadyEvent);
    } catch (error) {
      up.signal('SIGKILL');
      throw error;
    }
  }

  get endpoints(): string {
    return this.ready.endpoints.join(',');
  }

  /** The events that `up` has printed, one per line. */
  events(): readonly Record<string, unknown>[] {
    return eventsIn(this.up.stdout());
  }

  member(id: string): ReadyMember {
    const member = this.ready.members.find((candidate) => candidate.id === id);
    if (member === undefined) throw new Error(`no member ${id}`);
    return member;
  }

  /** Of the process that is the member now: it changes with every restart. */
  pidOf(id: string): number {
    const restarted = this.events().filter((event) => event['event'] === 'restarted' && event['id'] === id);
    return (restarted.at(-1)?.['pid'] as number | undefined) ?? this.member(id).pid;
  }

  /** Sends a signal to the process of a member. */
  kill(id: string, signal: NodeJS.Signals = 'SIGKILL'): void {
    process.kill(this.pidOf(id), signal);
  }

  /** Starts a command against this cluster. */
  start(words: readonly string[], setup: CommandSetup = {}): RunningCommand {
    return startCli(words, { ...setup, environment: { CONCLAVE_ENDPOINTS: this.endpoints, ...setup.environment } });
  }

  /** Runs a command against this cluster to its end. */
  run(words: readonly string[], setup: CommandSetup = {}): Promise<Finished> {
    return this.start(words, setup).finished;
  }

  /** Stops everything and removes the data. */
  async stop(): Promise<void> {
    this.up.signal('SIGTERM');
    await this.up.finished;
    await rm(this.directory, { recursive: true, force: true });
  }
}

export function temporaryDirectory(): Promise<string> {
  return mkdtemp(path.join(tmpdir(), 'conclave-cli-'));
}

/** Whether a process is there and is more than a zombie. */
export async function isRunning(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z';
}

function eventsIn(text: string): Record<string, unknown>[] {
  const lines = text.split('\n').slice(0, -1);
  return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Nothing of the environment of the tests themselves: neither npm's settings nor somebody's cluster. */
function cleanEnvironment(): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(?:npm_|CONCLAVE_|VITEST)/.test(name)));
}

function signalNumber(signal: NodeJS.Signals): number {
  return { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGKILL: 9, SIGTERM: 15 }[signal as 'SIGHUP'] ?? 0;
}
