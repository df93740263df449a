import type { SlotHash } from '../../rpc/inspection-client.ts';
import type { EndpointReport } from '../cluster-probe.ts';
import type { CommandContext } from '../context.ts';
import { compareHashes, type HashComparison } from './hash-comparison.ts';

/** Long enough that a follower of an idle cluster hears of the newest slot. */
const observedMs = 150;

/** Has all nodes that answer look at their states at the same time. One that cannot say is left out. */
export async function observeHashes(
  context: Pick<CommandContext, 'inspect'>,
  reports: readonly EndpointReport[],
  timeoutMs: number,
): Promise<HashComparison> {
  const answered = reports.flatMap((report) => (report.kind === 'answered' ? [report] : []));
  const seen = await Promise.all(
    answered.map(async ({ endpoint, status }): Promise<readonly (readonly [string, readonly SlotHash[]])[]> => {
      try {
        const request = { durationMs: observedMs };
        const { hashes } = await context.inspect(endpoint, 'StateHashes', request, timeoutMs + observedMs);
        return [[status.nodeId, hashes]];
      } catch {
        return [];
      }
    }),
  );
  return compareHashes(new Map(seen.flat().sort(([a], [b]) => (a < b ? -1 : 1))));
}
