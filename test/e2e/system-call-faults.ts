import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { waitFor } from '../../src/testing/cluster/wait-for.ts';

const run = promisify(execFile);

export interface SystemCallFault {
  /** Of Linux: `fdatasync`. */
  readonly call: string;
  readonly errno: 'EIO' | 'ENOSPC';
  /** Only calls on this file. */
  readonly file: string;
}

/** Makes system calls of a running process fail, by strace. */
export class SystemCallFaults implements AsyncDisposable {
  readonly #tracer: ChildProcess;
  readonly #folder: string;

  private constructor(tracer: ChildProcess, folder: string) {
    this.#tracer = tracer;
    this.#folder = folder;
  }

  /** Resolves once every thread is traced. */
  static async in(pid: number, { call, errno, file }: SystemCallFault): Promise<SystemCallFaults> {
    const folder = await mkdtemp(path.join(tmpdir(), 'conclave-strace-'));
    const filter = ['-e', `trace=${call}`, '-e', 'signal=none', '-P', file, '-e', `inject=${call}:error=${errno}`];
    const words = ['-f', '-qq', '-p', String(pid), '-o', path.join(folder, 'trace'), ...filter];
    const tracer = spawn('strace', words, { stdio: 'ignore' });
    const faults = new SystemCallFaults(tracer, folder);
    try {
      await once(tracer, 'spawn');
      const isTraced = async () => (await tracersOf(pid)).every((tracedBy) => tracedBy === tracer.pid);
      const isDecided = async () => tracer.exitCode !== null || (await isTraced());
      await waitFor(`strace to follow process ${pid}`, isDecided, { timeoutMs: 10_000 });
      if (tracer.exitCode !== null) throw new Error(`strace ended with ${tracer.exitCode}`);
      return faults;
    } catch (error) {
      await faults[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** How many calls have failed so far. */
  async count(): Promise<number> {
    const trace = await readFile(path.join(this.#folder, 'trace'), 'utf8').catch(() => '');
    return trace.split('\n').filter((line) => line.endsWith('(INJECTED)')).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#tracer.pid !== undefined && this.#tracer.exitCode === null && this.#tracer.signalCode === null) {
      const ended = once(this.#tracer, 'exit');
      this.#tracer.kill('SIGINT');
      await ended;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Whether this machine lets one process make the calls of another fail: tried on a process of its own. */
export async function canFailSystemCalls(): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  if (
    !(await run('strace', ['-V']).then(
      () => true,
      () => false,
    ))
  )
    return false;
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  try {
    await once(child, 'spawn');
    const faults = await SystemCallFaults.in(child.pid ?? 0, { call: 'fdatasync', errno: 'EIO', file: '/dev/null' });
    await faults[Symbol.asyncDispose]();
    return true;
  } catch {
    return false;
  } finally {
    child.kill('SIGKILL');
  }
}

/** Whose name matches, among the files that a process has open. */
export async function openFileOf(pid: number, name: RegExp): Promise<string | undefined> {
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder);
  const files = await Promise.all(names.map((fd) => readlink(path.join(folder, fd)).catch(() => '')));
  return files.find((file) => name.test(file));
}

async function tracersOf(pid: number): Promise<readonly number[]> {
  const threads = await readdir(`/proc/${pid}/task`);
  return await Promise.all(
    threads.map(async (thread) => {
      const status = await readFile(`/proc/${pid}/task/${thread}/status`, 'utf8').catch(() => '');
      return Number(/^TracerPid:\s+(\d+)$/m.exec(status)?.[1] ?? 0);
    }),
  );
}
