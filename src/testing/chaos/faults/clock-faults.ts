import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessNode } from '../../cluster/process-node.ts';
import type { ActiveFault, FaultAction, FaultContext } from './fault-context.ts';
import { perhapsLeader, relaunch } from './relaunch.ts';

const jumpSeconds = 600;
/** Below the bound on the difference of rates, 10 %, with which clusters are formed by default. */
const fastRate = 1.05;
/** A rate is not known before so much time has passed. */
const rateMeasuredMs = 2_000;

/** Clocks of one node, which is restarted under libfaketime for it. */
export const clockFaults = {
  'wall-jump': wallJump,
  'clock-drift': clockDrift,
} as const satisfies Readonly<Record<string, FaultAction>>;

async function wallJump(context: FaultContext): Promise<ActiveFault> {
  const node = context.random.pick(context.cluster.nodes);
  const offsetFile = join(await mkdtemp(join(context.directory, 'wall-clock-')), 'offset');
  const set = (seconds: number): Promise<void> => writeFile(offsetFile, `${seconds < 0 ? '' : '+'}${seconds}\n`);
  await set(0);
  await relaunch(context, node, {
    environment: {
      LD_PRELOAD: context.pathOf('libfaketime'),
      FAKETIME_TIMESTAMP_FILE: offsetFile,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
  });
  const name = await perhapsLeader(context, node);
  const jump = context.random.chance(0.5) ? jumpSeconds : -jumpSeconds;
  await set(jump);
  return {
    what: `wall clock of ${name} jumps by ${jump} s`,
    targets: [node.id],
    measure: async () => {
      const offsetMs = await wallOffsetMs(node);
      const isThere = offsetMs !== undefined && Math.abs(offsetMs / 1000 - jump) < jumpSeconds / 10;
      return isThere ? `its HTTP answers are dated ${Math.round(offsetMs / 1000)} s off` : undefined;
    },
    end: async () => {
      await set(0);
      await relaunch(context, node, undefined);
    },
  };
}

async function clockDrift(context: FaultContext): Promise<ActiveFault> {
  const node = context.random.pick(context.cluster.nodes);
  await relaunch(context, node, {
    environment: { LD_PRELOAD: context.pathOf('libfaketime'), FAKETIME: `+0 x${fastRate}` },
  });
  const name = await perhapsLeader(context, node);
  const first = await readUptime(node);
  return {
    what: `clocks of ${name} run ${fastRate} times as fast`,
    targets: [node.id],
    measure: async () => {
      const now = await readUptime(node);
      if (first === undefined || now === undefined || now.atMs - first.atMs < rateMeasuredMs) return undefined;
      const rate = (now.uptimeMs - first.uptimeMs) / (now.atMs - first.atMs);
      return Math.abs(rate - fastRate) < (fastRate - 1) / 2 ? `its uptime grows at rate ${rate.toFixed(3)}` : undefined;
    },
    end: () => relaunch(context, node, undefined),
  };
}

/** How far the node's wall clock is ahead of ours, to a second. */
async function wallOffsetMs({ httpAddress }: ProcessNode): Promise<number | undefined> {
  const answer = await fetch(`http://${httpAddress}/livez`, { signal: AbortSignal.timeout(1_000) }).catch(
    () => undefined,
  );
  await answer?.arrayBuffer();
  const dated = Date.parse(answer?.headers.get('date') ?? '');
  return Number.isNaN(dated) ? undefined : dated - Date.now();
}

/** By its monotonic clock, and ours. */
async function readUptime(
  node: ProcessNode,
): Promise<{ readonly uptimeMs: number; readonly atMs: number } | undefined> {
  const askedMs = performance.now();
  const report = await node.report();
  // Somewhere between the question and the answer.
  return report && { uptimeMs: report.uptimeSeconds * 1000, atMs: (askedMs + performance.now()) / 2 };
}
