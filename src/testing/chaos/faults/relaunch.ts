import { requestTransfer } from '../../../rpc/admin-client.ts';
import type { ProcessLaunch, ProcessNode } from '../../cluster/process-node.ts';
import { waitFor } from '../../cluster/wait-for.ts';
import type { FaultContext } from './fault-context.ts';

const rejoinTimeoutMs = 20_000;

/** Ends a node in good order and starts it in another way. Resolves once it follows a leader. */
export async function relaunch(
  { cluster }: FaultContext,
  node: ProcessNode,
  launch: ProcessLaunch | undefined,
): Promise<void> {
  await cluster.stop(node.id);
  await node.start(launch);
  const rejoined = async (): Promise<boolean> => !node.running || ((await node.report())?.leaderId ?? '') !== '';
  await waitFor(`${node.id} to follow a leader again`, rejoined, { timeoutMs: rejoinTimeoutMs, everyMs: 50 });
}

/**
 * Makes the node the leader half of the time: the fault is to meet one, too. That the wish is refused does no harm.
 *
 * @returns how the node is to be called
 */
export async function perhapsLeader(context: FaultContext, node: ProcessNode): Promise<string> {
  if (context.random.chance(0.5)) {
    const leader = await context.leader();
    if (leader !== node) {
      await requestTransfer(leader.address, node.id, { timeoutMs: 3_000 }).catch(() => undefined);
      const leads = async (): Promise<boolean> => (await node.report())?.state === 'leader';
      await waitFor(`${node.id} to lead`, leads, { timeoutMs: 3_000 }).catch(() => undefined);
    }
  }
  return (await node.report())?.state === 'leader' ? `${node.id}, the leader,` : node.id;
}
