import { AdminCallError, type NodeReport, type ReportedMember, requestStatus } from '../rpc/admin-client.ts';
import type { EndpointReport, KnownMember, MemberStanding, NodeStatus } from './cluster-probe.ts';
import { formatDuration } from './duration.ts';

/** Asks the node at one endpoint. Never rejects. */
export async function probeNode(endpoint: string, timeoutMs: number): Promise<EndpointReport> {
  try {
    return { kind: 'answered', endpoint, status: nodeStatus(await requestStatus(endpoint, { timeoutMs })) };
  } catch (error) {
    return { kind: 'failed', endpoint, reason: reasonOf(error, endpoint, timeoutMs) };
  }
}

/** One line, without what gRPC tells of itself. */
function reasonOf(error: unknown, endpoint: string, timeoutMs: number): string {
  if (error instanceof AdminCallError && error.code === 'TIMEOUT') return `no answer in ${formatDuration(timeoutMs)}`;
  const message = error instanceof Error ? error.message : String(error);
  const ownName = `${endpoint}: `;
  const reason = message.startsWith(ownName) ? message.slice(ownName.length) : message;
  if (reason.startsWith('Name resolution failed')) return 'host not found';
  return /^No connection established\. Last error: (.+?)(?: \(\d{4}-|$)/.exec(reason)?.[1] ?? reason;
}

function nodeStatus(report: NodeReport): NodeStatus {
  const { ballot } = report;
  return {
    clusterId: report.clusterId || null,
    nodeId: report.nodeId,
    state: report.state === 'leader' ? 'leader' : 'follower',
    leaderId: report.leaderId || null,
    ballot: ballot === null || ballot.nodeId === '' ? null : { round: ballot.round, node: ballot.nodeId },
    chosenSlot: report.chosenSlot,
    appliedSlot: report.appliedSlot,
    revision: report.revision,
    pid: report.pid,
    version: report.version,
    uptimeSeconds: report.uptimeSeconds,
    alarm: report.alarm || null,
    lastError: report.lastError || null,
    connections: report.connections,
    watches: report.watches,
    featureLevel: report.featureLevel || null,
    supportedLevel: report.supportedLevel || null,
    residentBytes: report.featureLevel === 0 ? null : report.residentBytes,
    quotaBytes: report.quotaBytes || null,
    checkpointSlot: report.checkpointSlot,
    members: report.members.map(knownMember),
    membersSlot: report.membersSlot,
  };
}

function knownMember({ nodeId, address, incarnation, standing, replaces }: ReportedMember): KnownMember {
  return { nodeId, address, incarnation, standing: standingOf(standing), replaces: replaces || null };
}

function standingOf(standing: string): MemberStanding {
  if (standing === 'VOTER') return 'voter';
  return standing === 'JOINING' ? 'joining' : 'learner';
}
