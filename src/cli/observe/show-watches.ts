import type { WatchReport } from '../../rpc/inspection-client.ts';
import { type EndpointReport, probeTimeoutMs } from '../cluster-probe.ts';
import { surveyCluster } from '../cluster-status.ts';
import type { CommonOptions } from '../common-options.ts';
import type { CommandContext } from '../context.ts';
import { exitCodes } from '../exit-code.ts';
import { ClusterUnavailable, CommandFailure } from '../failure.ts';
import { writeJson, writeMessage } from '../output.ts';
import { watchJson, watchRow, watchTitles } from './watch-view.ts';
import { writeTable } from './write-table.ts';

/** The most that a node gives in one answer. */
const mostPerPage = 1_000;

type Answered = Extract<EndpointReport, { readonly kind: 'answered' }>;

interface WatchesOptions extends CommonOptions {
  readonly node: string | undefined;
  readonly limit: number;
}

/** Node by node. @throws ClusterUnavailable, AdminCallError; CommandFailure NOT_FOUND */
export async function showWatches(context: CommandContext, options: WatchesOptions): Promise<number> {
  const { endpoints, timeoutMs, node, limit, json } = options;
  const { reports } = await surveyCluster(context, endpoints, timeoutMs);
  const answered = reports.flatMap((report) => (report.kind === 'answered' ? [report] : []));
  if (answered.length === 0) throw new ClusterUnavailable(reports, undefined);
  const asked = answered
    .filter(({ status }) => node === undefined || status.nodeId === node)
    .sort((a, b) => (a.status.nodeId < b.status.nodeId ? -1 : 1));
  if (asked.length === 0) throw new CommandFailure('NOT_FOUND', `no node ${node} answers`);
  const rows: (readonly string[])[] = [];
  for (const one of asked) {
    const { nodeId } = one.status;
    const { watches, more } = await watchesOf(context, one, limit, timeoutMs ?? probeTimeoutMs);
    for (const watch of watches) {
      if (json) await writeJson(context.stdout, watchJson(nodeId, watch));
      else rows.push(watchRow(nodeId, watch));
    }
    if (more) await writeMessage(context.stderr, `there are more than ${limit} watches on ${nodeId}: see --limit`);
  }
  if (!json) await writeTable(context, watchTitles, rows);
  return exitCodes.success;
}

async function watchesOf(
  context: CommandContext,
  { endpoint }: Answered,
  limit: number,
  timeoutMs: number,
): Promise<{ readonly watches: readonly WatchReport[]; readonly more: boolean }> {
  const watches: WatchReport[] = [];
  for (;;) {
    const last = watches.at(-1);
    const request = {
      afterConnection: last?.connection ?? 0,
      afterWatch: last?.watch ?? 0,
      limit: Math.min(limit - watches.length, mostPerPage),
    };
    const page = await context.inspect(endpoint, 'Watches', request, timeoutMs);
    watches.push(...page.watches);
    if (!page.more || page.watches.length === 0 || watches.length >= limit) return { watches, more: page.more };
  }
}
