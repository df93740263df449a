import {
  type EndpointReport,
  type KnownMember,
  type MemberStanding,
  type NodeStatus,
  probeAll,
} from './cluster-probe.ts';
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
  /** In which the members were chosen; 0: with the birth of the cluster. */
  readonly membersSlot: number | null;
  readonly members: readonly MemberStatus[];
}

export interface MemberStatus {
  readonly id: string | null;
  readonly standing: MemberStanding | null;
  /** Of one that joins: who leaves when it becomes a voter. */
  readonly replaces: string | null;
  /** `stranger`: it answers under the member's name, but does not belong to the cluster, as after its directory was lost. */
  readonly state: NodeStatus['state'] | 'learner' | 'stranger' | 'unreachable';
  readonly address: string;
  readonly incarnation: string | null;
  readonly ballot: { readonly round: number; readonly node: string } | null;
  readonly chosen: number | null;
  readonly applied: number | null;
  /** How many slots that the leader knows to be chosen it has not applied yet. */
  readonly behind: number | null;
  /** Slot of the newest checkpoint on its disk; 0: none. */
  readonly checkpoint: number | null;
  readonly pid: number | null;
  readonly version: string | null;
  readonly uptimeSeconds: number | null;
  /** What somebody has to look into, though the node goes on. */
  readonly alarm: string | null;
  /** The last thing that went wrong since its start. */
  readonly lastError: string | null;
  /** Streams and watches of clients, on this node. */
  readonly connections: number | null;
  readonly watches: number | null;
}

export interface ClusterSurvey {
  readonly status: ClusterStatus;
  readonly reports: readonly EndpointReport[];
}

/** Asks the endpoints, then those members that they name and that were not asked yet. */
export async function surveyCluster(
  context: Pick<CommandContext, 'probe'>,
  endpoints: readonly string[],
  timeoutMs?: number,
): Promise<ClusterSurvey> {
  const reports = await probeAll(context, endpoints, timeoutMs);
  const answered = new Set(reports.flatMap((report) => (report.kind === 'answered' ? [report.status.nodeId] : [])));
  const others = (bestInformed(reports)?.members ?? []).filter(
    ({ nodeId, address }) => !answered.has(nodeId) && !endpoints.includes(address),
  );
  const moreReports = await probeAll(context, [...new Set(others.map(({ address }) => address))], timeoutMs);
  const all = [...reports, ...moreReports];
  return { status: clusterStatus(all), reports: all };
}

export function clusterStatus(reports: readonly EndpointReport[]): ClusterStatus {
  const best = bestInformed(reports);
  const answers = answersById(reports, best?.clusterId ?? null);
  const statuses = [...answers.values()];
  const leader = leaderAmong(statuses);
  const members =
    best === undefined
      ? reports.map(unreachableEndpoint)
      : best.members.map((member) => memberStatus(member, best, leader, answers.get(member.nodeId)));
  return {
    clusterId: best?.clusterId ?? null,
    leader: leader?.nodeId ?? null,
    revision: statuses.length === 0 ? null : Math.max(...statuses.map(({ revision }) => revision)),
    featureLevel: best?.featureLevel ?? null,
    residentBytes: best?.residentBytes ?? null,
    quotaBytes: best?.quotaBytes ?? null,
    failureTolerance: failureTolerance(members),
    membersSlot: best?.membersSlot ?? null,
    members,
  };
}

/** Learners count neither as those who may fail nor as those who answer. */
export function failureTolerance(members: readonly Pick<MemberStatus, 'standing' | 'state'>[]): number {
  const voters = members.filter(({ standing }) => standing === 'voter');
  const answering = voters.filter(({ state }) => state !== 'unreachable' && state !== 'stranger');
  return Math.max(0, answering.length - (Math.floor(voters.length / 2) + 1));
}

/** Who says that it leads, with the highest ballot; a leader that others only believe in may be gone. */
function leaderAmong(statuses: readonly NodeStatus[]): NodeStatus | undefined {
  let leader: NodeStatus | undefined;
  for (const status of statuses) {
    if (status.state !== 'leader') continue;
    if (leader === undefined || (status.ballot?.round ?? 0) > (leader.ballot?.round ?? 0)) leader = status;
  }
  return leader;
}

/** Under one name several may answer: one that belongs to the cluster is the member. */
function answersById(reports: readonly EndpointReport[], clusterId: string | null): Map<string, NodeStatus> {
  const answers = new Map<string, NodeStatus>();
  for (const report of reports) {
    if (report.kind !== 'answered') continue;
    const known = answers.get(report.status.nodeId);
    if (known === undefined || known.clusterId !== clusterId) answers.set(report.status.nodeId, report.status);
  }
  return answers;
}

/** The node of a cluster that knows the newest members, and of those the one that has applied most. */
function bestInformed(reports: readonly EndpointReport[]): NodeStatus | undefined {
  let best: NodeStatus | undefined;
  for (const report of reports) {
    if (report.kind === 'answered' && (best === undefined || isBetterInformed(report.status, best)))
      best = report.status;
  }
  return best;
}

function isBetterInformed(one: NodeStatus, other: NodeStatus): boolean {
  if ((one.clusterId === null) !== (other.clusterId === null)) return one.clusterId !== null;
  if (one.membersSlot !== other.membersSlot) return one.membersSlot > other.membersSlot;
  return one.appliedSlot > other.appliedSlot;
}

function memberStatus(
  { nodeId, address, incarnation, standing, replaces }: KnownMember,
  { clusterId }: NodeStatus,
  leader: NodeStatus | undefined,
  status: NodeStatus | undefined,
): MemberStatus {
  const member = { ...unreachable(address), id: nodeId, standing, replaces, incarnation: incarnation || null };
  if (status === undefined) return member;
  const { ballot, chosenSlot, appliedSlot, checkpointSlot, pid, version, uptimeSeconds } = status;
  const { alarm, lastError, connections, watches } = status;
  if (status.clusterId !== clusterId && clusterId !== null)
    return { ...member, state: 'stranger', pid, version, uptimeSeconds };
  return {
    ...member,
    state: standing === 'voter' ? status.state : 'learner',
    ballot,
    chosen: chosenSlot,
    applied: appliedSlot,
    behind: leader === undefined ? null : Math.max(0, leader.chosenSlot - appliedSlot),
    checkpoint: checkpointSlot,
    pid,
    version,
    uptimeSeconds,
    alarm,
    lastError,
    connections,
    watches,
  };
}

function unreachableEndpoint({ endpoint }: EndpointReport): MemberStatus {
  return unreachable(endpoint);
}

function unreachable(address: string): MemberStatus {
  return {
    id: null,
    standing: null,
    replaces: null,
    state: 'unreachable',
    address,
    incarnation: null,
    ballot: null,
    chosen: null,
    applied: null,
    behind: null,
    checkpoint: null,
    pid: null,
    version: null,
    uptimeSeconds: null,
    alarm: null,
    lastError: null,
    connections: null,
    watches: null,
  };
}
