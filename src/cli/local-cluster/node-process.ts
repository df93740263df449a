import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { initialMembers, type LocalCluster, type LocalMember } from './layout.ts';
import { codedErrorIn, lastLines, openLog } from './node-log.ts';

export interface NodeExit {
  readonly pid: number;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly livedMs: number;
  /** What the node said last, if it ended by itself with an error. */
  readonly error: { readonly code: string; readonly message: string } | undefined;
  readonly lastLines: readonly string[];
}

/**
 * One run of one node as a process of its own. It writes to its log, and its channel to this process tells it when this
 * process ends, however that happens.
 */
export class NodeProcess {
  readonly pid: number;
  readonly exited: Promise<NodeExit>;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, pid: number, member: LocalMember, logOffset: number) {
    const startedMs = performance.now();
    this.#child = child;
    this.pid = pid;
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        const lines = lastLines(member.logFile, logOffset, 10);
        const livedMs = performance.now() - startedMs;
        resolve({ pid, code, signal, livedMs, error: codedErrorIn(lines), lastLines: lines });
      });
    });
  }

  /** @throws system errors */
  static async start(entryPoint: string, cluster: LocalCluster, member: LocalMember): Promise<NodeProcess> {
    const log = openLog(member.logFile);
    try {
      const child = spawn(process.execPath, [...nodeOptions(), entryPoint, ...serveArguments(cluster, member)], {
        stdio: ['ignore', log.descriptor, log.descriptor, 'ipc'],
      });
      await new Promise<void>((resolve, reject) => {
        child.once('spawn', resolve);
        child.once('error', reject);
      });
      // A signal that can no longer be delivered, or a broken channel, is told by `exit`.
      child.on('error', () => undefined);
      return new NodeProcess(child, child.pid ?? 0, member, log.offset);
    } finally {
      closeSync(log.descriptor);
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}

/** Those of this process, but that only one process can listen on a debugger's port. */
function nodeOptions(): string[] {
  return process.execArgv.filter((option) => !option.startsWith('--inspect'));
}

function serveArguments(cluster: LocalCluster, member: LocalMember): string[] {
  return [
    'serve',
    '--supervised',
    ...['--id', member.id],
    ...['--data', member.dataDir],
    ...['--listen', member.address],
    ...['--http', member.http],
    ...['--initial', initialMembers(cluster)],
  ];
}
