import { type NodeReport, requestStatus } from '../rpc/admin-client.ts';
import type { EndpointReport, NodeStatus } from './cluster-probe.ts';

/** Asks the node at one endpoint. Never rejects. */
export async function probeNode(endpoint: string, timeoutMs: number): Promise<EndpointReport> {
  try {
    return { kind: 'answered', endpoint, status: nodeStatus(await requestStatus(endpoint, { timeoutMs })) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const ownName = `${endpoint}: `;
    return { kind: 'failed', endpoint, reason: reason.startsWith(ownName) ? reason.slice(ownName.length) : reason };
  }
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
    members: report.members.map(({ nodeId, address }) => ({ nodeId, address })),
  };
}
