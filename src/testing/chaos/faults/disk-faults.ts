import { mkdtemp, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessNode } from '../../cluster/process-node.ts';
import type { ActiveFault, FaultAction, FaultContext } from './fault-context.ts';
import { perhapsLeader, relaunch } from './relaunch.ts';
import { SmallFileSystem } from './small-file-system.ts';

/** Calls of each thread that go well first: the node is to start, and to join the others. */
const callsBefore = 25;
/** Free space that a node finds when it starts on a disk that will be full. */
const roomBytes = 16 * 1024 * 1024;

/** The disk of one node, which is restarted for it, under strace or on a small file system. */
export const diskFaults = {
  'slow-disk': slowDisk,
  'failed-fsync': (context) => failingCall(context, 'fdatasync', 'EIO'),
  // What the node writes beside the journal; the journal itself appends with `write`, as sockets do.
  'io-error': (context) => failingCall(context, 'pwrite64', 'EIO'),
  'disk-full': diskFull,
} as const satisfies Readonly<Record<string, FaultAction>>;

async function slowDisk(context: FaultContext): Promise<ActiveFault> {
  const delayMs = context.random.between(50, 300);
  const { node, name, trace } = await relaunchTraced(context, 'fdatasync', `delay_enter=${delayMs * 1000}`);
  return {
    what: `every fdatasync of ${name} takes ${delayMs} ms longer`,
    targets: [node.id],
    measure: async () => {
      const delayed = await tracedCalls(trace, '(DELAYED)');
      return delayed === 0 ? undefined : `${delayed} calls delayed`;
    },
    end: () => relaunch(context, node, undefined),
  };
}

async function failingCall(context: FaultContext, call: string, errno: string): Promise<ActiveFault> {
  const { node, name, trace, logBytes } = await relaunchTraced(context, call, `error=${errno}`);
  return {
    what: `${call} of ${name} fails with ${errno}`,
    targets: [node.id],
    measure: async () => {
      const failed = await tracedCalls(trace, '(INJECTED)');
      const halt = await haltOf(node, logBytes);
      return failed === 0 || halt === undefined ? undefined : `${failed} calls failed; ${halt}`;
    },
    end: () => startAgain(context, node),
  };
}

async function diskFull(context: FaultContext): Promise<ActiveFault> {
  const node = context.random.pick(context.cluster.nodes);
  await context.cluster.stop(node.id);
  const logBytes = await sizeOf(node.logFile);
  const disk = await SmallFileSystem.under(node.dataDir, roomBytes);
  await context.cluster.start(node.id);
  const name = await perhapsLeader(context, node);
  const filledBytes = await disk.fill();
  return {
    what: `the disk of ${name} is full`,
    targets: [node.id],
    measure: async () => {
      const halt = await haltOf(node, logBytes);
      return halt === undefined ? undefined : `ENOSPC after ${filledBytes} bytes of ballast; ${halt}`;
    },
    end: async () => {
      await context.cluster.kill(node.id);
      await disk.remove();
      await startAgain(context, node);
    },
  };
}

async function relaunchTraced(
  context: FaultContext,
  call: string,
  injection: string,
): Promise<{ readonly node: ProcessNode; readonly name: string; readonly trace: string; readonly logBytes: number }> {
  const node = context.random.pick(context.cluster.nodes);
  const logBytes = await sizeOf(node.logFile);
  const trace = join(await mkdtemp(join(context.directory, 'strace-')), `${node.id}.txt`);
  // -D: the node stays the process that was started, and strace a process beside it.
  const follow = ['-D', '-f', '-qq', '--seccomp-bpf', '-o', trace];
  const inject = ['-e', `trace=${call}`, '-e', 'signal=none', '-e', `inject=${call}:${injection}:when=${callsBefore}+`];
  await relaunch(context, node, { prefix: [context.pathOf('strace'), ...follow, ...inject] });
  return { node, name: await perhapsLeader(context, node), trace, logBytes };
}

async function tracedCalls(trace: string, mark: string): Promise<number> {
  const text = await readFile(trace, 'utf8').catch(() => '');
  return text.split('\n').filter((line) => line.endsWith(mark)).length;
}

async function sizeOf(file: string): Promise<number> {
  return (await stat(file)).size;
}

/** How the node ended by itself, as its process and its log from `logBytes` on say. Undefined: it has not. */
async function haltOf(node: ProcessNode, logBytes: number): Promise<string | undefined> {
  if (node.running) return undefined;
  const { code, signal } = await node.exited();
  const lines = (await readFile(node.logFile)).toString('utf8', logBytes).split('\n');
  const halted = lines.findLast((line) => line.includes('"event":"halted"'));
  const reason = halted === undefined ? undefined : /"code":"([A-Z_]+)"/.exec(halted)?.[1];
  if (code === 0 || signal !== null || reason === undefined) return undefined;
  return `${node.id} halted with ${reason} and exit code ${code}`;
}

/** It was to have ended by itself; if it has not, it is restarted all the same. */
async function startAgain({ cluster }: FaultContext, node: ProcessNode): Promise<void> {
  await cluster.kill(node.id);
  await cluster.start(node.id);
}
