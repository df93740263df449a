import type { HistoryLine } from '../../checkers/event-history.ts';
import { isOperationEvent } from '../../checkers/event-history.ts';
import type { ProcessNode } from '../../cluster/process-node.ts';
import type { TestCluster } from '../../cluster/test-cluster.ts';
import { waitFor } from '../../cluster/wait-for.ts';

/** Under load no two nodes are ever equal: all are to reach what the leader had chosen when it was asked. */
export async function caughtUp(cluster: TestCluster<ProcessNode>, timeoutMs: number): Promise<void> {
  const startedMs = performance.now();
  const leader = await cluster.leader({ timeoutMs });
  const target = (await leader.report())?.chosenSlot ?? 0;
  const haveIt = async (): Promise<boolean> => {
    const reports = await cluster.reports();
    if (reports.size < cluster.nodes.length) return false;
    const leaders = new Set([...reports.values()].map(({ leaderId }) => leaderId));
    return leaders.size === 1 && !leaders.has('') && [...reports.values()].every((node) => node.appliedSlot >= target);
  };
  const leftMs = Math.max(0, timeoutMs - (performance.now() - startedMs));
  await waitFor(`every node to apply slot ${target} and to follow one leader`, haveIt, {
    timeoutMs: leftMs,
    everyMs: 50,
  });
}

/** Waits until an operation of every worker has succeeded that began after this moment. */
export async function everyoneServed(
  workers: () => readonly { readonly name: string }[],
  lines: readonly HistoryLine[],
  { sinceNs, timeoutMs }: { readonly sinceNs: number; readonly timeoutMs: number },
): Promise<void> {
  const served = new Set<string>();
  let seen = lines.length;
  const missing = (): readonly string[] => {
    for (; seen < lines.length; seen += 1) {
      const line = lines[seen];
      if (line !== undefined && isAnswered(line) && line.start >= sinceNs) served.add(workerOf(line.process));
    }
    return workers()
      .map(({ name }) => name)
      .filter((name) => !served.has(name));
  };
  await waitFor('an operation of every client to succeed', () => missing().length === 0, {
    timeoutMs,
    everyMs: 20,
  }).catch((error: Error) => {
    throw new Error(`${error.message}: none of ${missing().join(', ')}`);
  });
}

/** By the cluster: fenced operations are those of a resource outside of it. */
function isAnswered(line: HistoryLine): line is Extract<HistoryLine, { readonly start: number }> {
  return isOperationEvent(line) && line.outcome === 'ok' && !line.op.startsWith('fenced-');
}

/** The processes of a worker are called WORKER.START/… */
export function workerOf(process: string): string {
  return process.split(/[./]/, 1)[0] ?? process;
}

/** State hashes that differ although they are of the same slot. */
export async function differingStates(cluster: TestCluster<ProcessNode>): Promise<string | undefined> {
  const hashes = new Map<number, string>();
  for (const { nodeId, hashSlot, stateHash } of (await cluster.reports()).values()) {
    if (hashSlot === 0) continue;
    const other = hashes.get(hashSlot);
    if (other !== undefined && other !== stateHash)
      return `slot ${hashSlot}: ${nodeId} has ${stateHash}, another ${other}`;
    hashes.set(hashSlot, stateHash);
  }
  return undefined;
}
