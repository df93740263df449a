import { probeTimeoutMs } from '../cluster-probe.ts';
import { type ClusterStatus, surveyCluster } from '../cluster-status.ts';
import type { CommonOptions } from '../common-options.ts';
import type { CommandContext } from '../context.ts';
import { exitCodes } from '../exit-code.ts';
import { ClusterUnavailable } from '../failure.ts';
import { writeJson, writeLine } from '../output.ts';
import { type HashComparison, isComplete, verdictOf } from './hash-comparison.ts';
import { observeHashes } from './observe-hashes.ts';
import { writeTable } from './write-table.ts';

const defaultTimeoutMs = 5_000;

/** Looks until all that answer were seen after one slot, or the time is over. @throws ClusterUnavailable */
export async function showHashes(context: CommandContext, options: CommonOptions): Promise<number> {
  const endMs = performance.now() + (options.timeoutMs ?? defaultTimeoutMs);
  for (;;) {
    const { status, reports } = await surveyCluster(context, options.endpoints);
    const comparison = await observeHashes(context, reports, probeTimeoutMs);
    if (comparison.members.length === 0 && status.clusterId === null) throw new ClusterUnavailable(reports, undefined);
    if (comparison.same === false || isComplete(comparison) || performance.now() >= endMs) {
      return await show(context, status, comparison, options.json);
    }
  }
}

async function show(
  context: CommandContext,
  cluster: ClusterStatus,
  comparison: HashComparison,
  json: boolean,
): Promise<number> {
  const { slot, same } = comparison;
  const members = cluster.members.map(({ id, state }) => {
    const compared = comparison.members.find((member) => member.id === id);
    return { id, state, slot: compared?.slot ?? null, hash: compared?.hash ?? null };
  });
  if (json) {
    await writeJson(context.stdout, { slot, same, members });
  } else {
    const rows = members.map((member) =>
      [member.id, member.state, member.slot, member.hash].map((cell) => String(cell ?? '-')),
    );
    await writeTable(context, ['MEMBER', 'STATE', 'SLOT', 'HASH'], rows);
    await writeLine(context.stdout, verdictOf(comparison));
  }
  return same !== false && isComplete(comparison) ? exitCodes.success : exitCodes.failure;
}
