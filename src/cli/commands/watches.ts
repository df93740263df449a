import { type Command, Option } from 'commander';
import type { WatchReport } from '../../rpc/inspection-client.ts';
import { type EndpointReport, probeTimeoutMs } from '../cluster-probe.ts';
import { surveyCluster } from '../cluster-status.ts';
import { addCommonOptions, type CommonOptions, commonOptions } from '../common-options.ts';
import type { CommandContext } from '../context.ts';
import { exitCodes } from '../exit-code.ts';
import { ClusterUnavailable, CommandFailure } from '../failure.ts';
import { parseNodeId } from '../membership/member-words.ts';
import { limitOption } from '../observe/limit-option.ts';
import { watchJson, watchRow, watchTitles } from '../observe/watch-view.ts';
import { writeTable } from '../observe/write-table.ts';
import { writeJson, writeMessage } from '../output.ts';
import { addExamples, type CommandModule } from './command-module.ts';

const defaultLimit = 1_000;
/** The most that a node gives in one answer. */
const mostPerPage = 1_000;

const watchesHelp = `
SESSIONS are those that the client has last kept alive on the same stream: none before its first keep-alive, or of a client that needs
none. A watch that reads history began in the past, or its client takes less than there is; UNWRITTEN waits for that client.`;

interface WatchesOptions extends CommonOptions {
  readonly node: string | undefined;
  readonly limit: number;
}

type Answered = Extract<EndpointReport, { readonly kind: 'answered' }>;

export const addWatches: CommandModule = (parent, context, complete) => {
  const command = parent
    .command('watches')
    .description('show which client watches what, on which node')
    .addOption(new Option('--node <id>', 'only on this one (default: all that answer)').argParser(parseNodeId))
    .addOption(limitOption(`at most so many of each node (default: ${defaultLimit})`));
  addCommonOptions(command, {
    timeout: 'how long to wait for a node to answer (default: 1s)',
    json: 'print one per line: {node,client,sessions,connection,id,kind,extent,from,to,lagging,unwrittenBytes}',
  });
  addExamples(command, [
    ['conclave watches', 'a table'],
    ['conclave watches --node n2 --json', 'of one node, for programs'],
  ]);
  command.addHelpText('after', watchesHelp);
  command.action(async (own: { node?: string; limit?: number }, self: Command) => {
    const { node, limit = defaultLimit } = own;
    complete(await showWatches(context, { ...commonOptions(self, context.environment), node, limit }));
  });
};

async function showWatches(context: CommandContext, options: WatchesOptions): Promise<number> {
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
