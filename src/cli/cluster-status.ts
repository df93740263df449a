import { type EndpointReport, type MemberAddress, type NodeStatus, probeAll } from './cluster-probe.ts';
import type { CommandContext } from './context.ts';

/** The whole cluster, put together from what its members say. A field that nobody could tell is `null`. */
export interface ClusterStatus {
  readonly clusterId: string | null;
  readonly leader: string | null;
  /** The highest applied by a member that answered. */
  readonly revision: number | null;
  /** What the members have agreed to make use of, what the state takes, and its quota: as the one says that has applied most. */
  readonly featureLevel: number | null;
  readonly residentBytes: number | null;
  readonly quotaBytes: number | null;
  /** How many more voters may fail before the cluster stops serving: those that answered, less a quorum. */
  readonly failureTolerance: number;
  readonly members: readonly MemberStatus[];
}

export interface MemberStatus {
  readonly id: string | null;
  readonly state: NodeStatus['state'] | 'unreachable';
  readonly address: string;
  readonly ballot: { readonly round: number; readonly node: string } | null;
  readonly chosen: number | null;
  readonly applied: number | null;
  readonly pid: number | null;
  readonly version: string | null;
  readonly uptimeSeconds: number | null;
  /** What somebody has to look into, though the node goes on. */
  readonly alarm: string | null;
}

/** Asks the endpoints, then those members that they name and that were not asked yet. */
export async function surveyCluster(
  context: Pick<CommandContext, 'probe'>,
  endpoints: readonly string[],
  timeoutMs?: number,
): Promise<{ readonly status: ClusterStatus; readonly reports: readonly EndpointReport[] }> {
  const reports = await probeAll(context, endpoints, timeoutMs);
  const answered = new Set(reports.flatMap((report) => (report.kind === 'answered' ? [report.status.nodeId] : [])));
  const others = membersNamedBy(reports).filter(
    ({ nodeId, address }) => !answered.has(nodeId) && !endpoints.includes(address),
  );
  const moreReports = await probeAll(context, [...new Set(others.map(({ address }) => address))], timeoutMs);
  const all = [...reports, ...moreReports];
  return { status: clusterStatus(all), reports: all };
}

export function clusterStatus(reports: readonly EndpointReport[]): ClusterStatus {
  const answers = answersById(reports);
  const members = membersNamedBy(reports);
  const listed =
    members.length > 0 ? members.map((member) => memberStatus(member, answers)) : reports.map(unreachableEndpoint);
  const voters = members.filter(({ nodeId }) => answers.get(nodeId)?.state !== 'learner');
  const reachableVoters = voters.filter(({ nodeId }) => answers.has(nodeId)).length;
  const quorum = Math.floor(voters.length / 2) + 1;
  const statuses = [...answers.values()];
  const newest = mostApplied(statuses);
  return {
    clusterId: statuses.find(({ clusterId }) => clusterId !== null)?.clusterId ?? null,
    leader: leaderAmong(statuses),
    revision: statuses.length === 0 ? null : Math.max(...statuses.map(({ revision }) => revision)),
    featureLevel: newest?.featureLevel ?? null,
    residentBytes: newest?.residentBytes ?? null,
    quotaBytes: newest?.quotaBytes ?? null,
    failureTolerance: Math.max(0, reachableVoters - quorum),
    members: listed,
  };
}

/** Who says that it leads, with the highest ballot; a leader that others only believe in may be gone. */
function leaderAmong(statuses: readonly NodeStatus[]): string | null {
  let leader: NodeStatus | undefined;
  for (const status of statuses) {
    if (status.state !== 'leader') continue;
    if (leader === undefined || (status.ballot?.round ?? 0) > (leader.ballot?.round ?? 0)) leader = status;
  }
  return leader?.nodeId ?? null;
}

function answersById(reports: readonly EndpointReport[]): Map<string, NodeStatus> {
  const answers = new Map<string, NodeStatus>();
  for (const report of reports) if (report.kind === 'answered') answers.set(report.status.nodeId, report.status);
  return answers;
}

/** The members as the node sees them that has applied most; before the cluster has formed, as it was started. */
function membersNamedBy(reports: readonly EndpointReport[]): readonly MemberAddress[] {
  const statuses = reports.flatMap((report) => (report.kind === 'answered' ? [report.status] : []));
  return mostApplied(statuses)?.members ?? [];
}

function mostApplied(statuses: readonly NodeStatus[]): NodeStatus | undefined {
  let best: NodeStatus | undefined;
  for (const status of statuses) if (best === undefined || status.appliedSlot > best.appliedSlot) best = status;
  return best;
}

function memberStatus({ nodeId, address }: MemberAddress, answers: ReadonlyMap<string, NodeStatus>): MemberStatus {
  const status = answers.get(nodeId);
  return {
    id: nodeId,
    state: status?.state ?? 'unreachable',
    address,
    ballot: status?.ballot ?? null,
    chosen: status?.chosenSlot ?? null,
    applied: status?.appliedSlot ?? null,
    pid: status?.pid ?? null,
    version: status?.version ?? null,
    uptimeSeconds: status?.uptimeSeconds ?? null,
    alarm: status?.alarm ?? null,
  };
}

function unreachableEndpoint({ endpoint }: EndpointReport): MemberStatus {
  return {
    id: null,
    state: 'unreachable',
    address: endpoint,
    ballot: null,
    chosen: null,
    applied: null,
    pid: null,
    version: null,
    uptimeSeconds: null,
    alarm: null,
  };
}
