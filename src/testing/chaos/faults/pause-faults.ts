import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessNode } from '../../cluster/process-node.ts';
import { isStopped } from '../../cluster/process-state.ts';
import { type ActiveFault, type FaultAction, type FaultContext, Repetition } from './fault-context.ts';

/** SIGSTOP, and SIGCONT at the end. */
export const pauseFaults = {
  'pause-leader-briefly': async (context) => pauseBriefly(context, await context.leader()),
  'pause-follower-briefly': async (context) => pauseBriefly(context, await context.follower()),
  'pause-leader': async (context) => pause(context, [await context.leader()]),
  'pause-follower': async (context) => pause(context, [await context.follower()]),
  'pause-majority': (context) => pause(context, context.majority()),
} as const satisfies Readonly<Record<string, FaultAction>>;

async function pause({ cluster }: FaultContext, nodes: readonly ProcessNode[]): Promise<ActiveFault> {
  await Promise.all(nodes.map(({ id }) => cluster.pause(id)));
  const pausedMs = performance.now();
  const targets = nodes.map(({ id }) => id);
  return {
    what: `SIGSTOP to ${targets.join(', ')}`,
    targets,
    measure: async () => {
      const stopped = await Promise.all(nodes.map(async ({ pid }) => pid !== undefined && (await isStopped(pid))));
      const forMs = Math.round(performance.now() - pausedMs);
      return stopped.every((state) => state === true) ? `every thread in state T, for ${forMs} ms so far` : undefined;
    },
    end: async () => void (await Promise.all(targets.map((id) => cluster.resume(id)))),
  };
}

/** Stops of half a lease; the lease in between is renewed or not, as it comes. */
function pauseBriefly({ cluster, leaseMs }: FaultContext, node: ProcessNode): Promise<ActiveFault> {
  let stops = 0;
  let longestMs = 0;
  const repetition = new Repetition(async () => {
    const startedMs = performance.now();
    await cluster.pause(node.id);
    await sleep(leaseMs / 2);
    if (node.pid !== undefined && (await isStopped(node.pid)) === true) stops += 1;
    await cluster.resume(node.id);
    longestMs = Math.max(longestMs, performance.now() - startedMs);
  }, leaseMs);
  return Promise.resolve({
    what: `SIGSTOP to ${node.id} for ${leaseMs / 2} ms, again and again`,
    targets: [node.id],
    measure: async () =>
      stops === 0 ? undefined : `seen in state T ${stops} times, for at most ${Math.round(longestMs)} ms`,
    end: () => repetition.stop(),
  });
}
