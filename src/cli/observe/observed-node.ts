import { surveyCluster } from '../cluster-status.ts';
import type { CommandContext } from '../context.ts';
import { ClusterUnavailable, CommandFailure } from '../failure.ts';

/** Where to ask that node; any that answers if none is named. @throws ClusterUnavailable; CommandFailure NOT_FOUND */
export async function endpointOf(
  context: Pick<CommandContext, 'probe'>,
  endpoints: readonly string[],
  nodeId: string | undefined,
): Promise<string> {
  const { reports } = await surveyCluster(context, endpoints);
  const answered = reports.flatMap((report) => (report.kind === 'answered' ? [report] : []));
  const [any] = answered;
  if (any === undefined) throw new ClusterUnavailable(reports, undefined);
  const wanted = nodeId === undefined ? any : answered.find(({ status }) => status.nodeId === nodeId);
  if (wanted === undefined) throw new CommandFailure('NOT_FOUND', `no node ${nodeId} answers`);
  return wanted.endpoint;
}
