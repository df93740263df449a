import type { ProcessNode } from '../../cluster/process-node.ts';
import type { ActiveFault, FaultAction, FaultContext } from './fault-context.ts';
import { relaunch } from './relaunch.ts';

/** `kill -9`, and a start at the end. */
export const killFaults = {
  'kill-leader': async (context) => kill(context, [await context.leader()]),
  'kill-follower': async (context) => kill(context, [await context.follower()]),
  'kill-majority': (context) => kill(context, context.majority()),
  'kill-all': (context) => kill(context, context.cluster.nodes),
  'restart-all': (context) => end(context, context.cluster.nodes, 'SIGTERM'),
  'rolling-restart': restartOneByOne,
} as const satisfies Readonly<Record<string, FaultAction>>;

function kill(context: FaultContext, nodes: readonly ProcessNode[]): Promise<ActiveFault> {
  return end(context, nodes, 'SIGKILL');
}

async function end(
  { cluster }: FaultContext,
  nodes: readonly ProcessNode[],
  signal: 'SIGKILL' | 'SIGTERM',
): Promise<ActiveFault> {
  const victims = nodes.map((node) => ({ node, pid: node.pid }));
  await Promise.all(nodes.map(({ id }) => (signal === 'SIGKILL' ? cluster.kill(id) : cluster.stop(id))));
  const targets = nodes.map(({ id }) => id);
  return {
    what: `${signal} to ${targets.join(', ')}`,
    targets,
    measure: async () => {
      const exits = await Promise.all(
        victims.map(async ({ node, pid }) => {
          const { code, signal: by } = await node.exited();
          const isProof = signal === 'SIGKILL' ? by === 'SIGKILL' : code === 0;
          return isProof ? `${node.id} (pid ${pid}) ended: ${by ?? `exit code ${code}`}` : undefined;
        }),
      );
      return exits.includes(undefined) ? undefined : exits.join('; ');
    },
    end: async () => void (await Promise.all(targets.map((id) => cluster.start(id)))),
  };
}

/** Each once the one before follows a leader again: never two at a time are away. */
async function restartOneByOne(context: FaultContext): Promise<ActiveFault> {
  const nodes = context.random.shuffled(context.cluster.nodes);
  const restarts: string[] = [];
  for (const node of nodes) {
    const { pid } = node;
    await context.cluster.stop(node.id);
    const { code } = await node.exited();
    if (code === 0) restarts.push(`${node.id} (pid ${pid}) ended: exit code 0`);
    await relaunch(context, node, undefined);
  }
  return {
    what: `${nodes.map(({ id }) => id).join(', ')} are restarted, one after the other`,
    targets: nodes.map(({ id }) => id),
    measure: async () => (restarts.length === nodes.length ? restarts.join('; ') : undefined),
    end: () => Promise.resolve(),
  };
}
