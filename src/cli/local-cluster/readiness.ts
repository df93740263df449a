import { setTimeout as delay } from 'node:timers/promises';
import type { ClusterStatus } from '../cluster-status.ts';
import { surveyCluster } from '../cluster-status.ts';
import type { CommandContext } from '../context.ts';
import type { LocalCluster } from './layout.ts';

const pollMs = 100;
const answerTimeoutMs = 500;
const reportMs = 10_000;

/**
 * Resolves once a leader serves and all nodes answer. What is missing is said every ten seconds.
 * @throws AbortError
 */
export async function untilReady(
  context: Pick<CommandContext, 'probe'>,
  cluster: LocalCluster,
  signal: AbortSignal,
  onWaiting: (missing: string) => void,
): Promise<ClusterStatus> {
  const addresses = cluster.members.map(({ address }) => address);
  let reportedMs = performance.now();
  for (;;) {
    const { status } = await surveyCluster(context, addresses, answerTimeoutMs);
    signal.throwIfAborted();
    const missing = whatIsMissing(cluster, status);
    if (missing === undefined) return status;
    if (performance.now() - reportedMs >= reportMs) {
      reportedMs = performance.now();
      onWaiting(missing);
    }
    await delay(pollMs, undefined, { signal });
  }
}

function whatIsMissing(cluster: LocalCluster, status: ClusterStatus): string | undefined {
  const answering = status.members.filter(({ state }) => state !== 'unreachable').map(({ id }) => id);
  const silent = cluster.members.filter(({ id }) => !answering.includes(id)).map(({ id }) => id);
  if (silent.length > 0) return `no answer from ${silent.join(', ')}`;
  if (status.leader === null || status.clusterId === null) return 'no leader yet';
  return undefined;
}
