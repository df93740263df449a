import type { Replica } from '../replica/replica.ts';
import type { NodeReport, NodeState, SnapshotHeader } from '../rpc/admin-definition.ts';
import type { NodeId } from '../wire/identifiers.ts';
import type { NodeHalt } from './halt.ts';
import type { HealthView } from './health.ts';
import type { CountersSample, MetricsSample } from './metrics.ts';
import { programVersion } from './version.ts';
import type { LogPosition } from './write-stages.ts';

/** What an operator is told of a replica. */
export function nodeState({ paxos }: Replica): NodeState {
  if (paxos.genesis === undefined || !paxos.formed) return 'forming';
  if (paxos.serving) return 'leader';
  return paxos.role === 'follower' ? 'follower' : 'candidate';
}

/** Who leads, as far as this node knows; itself only once it serves. */
export function knownLeader({ paxos }: Replica): NodeId | '' {
  if (paxos.role === 'leader' && !paxos.serving) return '';
  return paxos.leader ?? '';
}

export function nodeReport(replica: Replica, told: Pick<NodeReport, 'lastError' | 'alarm'>): NodeReport {
  const status = replica.status();
  const { paxos, machine } = replica;
  const { governance } = machine;
  return {
    clusterId: paxos.genesis?.clusterId ?? '',
    nodeId: status.nodeId,
    state: nodeState(replica),
    leaderId: knownLeader(replica),
    ballot: paxos.promised,
    chosenSlot: paxos.chosenThrough,
    appliedSlot: status.applied,
    revision: status.revision,
    pid: process.pid,
    version: programVersion,
    uptimeSeconds: process.uptime(),
    members: paxos.members.map((member) => ({ ...member, standing: member.standing.toUpperCase() })),
    membersSlot: paxos.configuration?.slot ?? 0,
    sessions: status.sessions,
    watches: status.watches,
    connections: status.connections,
    stateHash: status.hash,
    hashSlot: status.applied,
    checkpointSlot: status.checkpointSlot,
    residentBytes: governance.residentBytes.total,
    quotaBytes: Number.isFinite(governance.quotaBytes) ? governance.quotaBytes : 0,
    featureLevel: governance.featureLevel,
    supportedLevel: machine.supportedLevel,
    ...told,
  };
}

/** What the header of a backup says beside its state. */
export function backupSource(
  replica: Replica,
): Pick<SnapshotHeader, 'clusterId' | 'clusterName' | 'nodeId' | 'expectedBytes'> {
  const { genesis } = replica.paxos;
  const { nodeId, checkpointBytes } = replica.status();
  return {
    clusterId: genesis?.clusterId ?? '',
    clusterName: genesis?.clusterName ?? '',
    nodeId,
    expectedBytes: checkpointBytes,
  };
}

export function logPosition({ paxos, machine }: Replica): LogPosition {
  const { chosenThrough } = paxos;
  return { proposedThrough: chosenThrough + paxos.openSlots, chosenThrough, appliedSlot: machine.appliedSlot };
}

export type ReplicaSample = Omit<
  MetricsSample,
  'clientStreams' | 'tcpConnections' | 'peerQueueBytes' | 'peersConnected' | 'diskFreeBytes' | keyof CountersSample
>;

export function replicaSample(replica: Replica): ReplicaSample {
  const status = replica.status();
  const { paxos, machine } = replica;
  const { residentBytes, quotaBytes, featureLevel } = machine.governance;
  return {
    hasLeader: knownLeader(replica) !== '',
    isLeader: paxos.serving,
    slotsChosen: paxos.chosenThrough,
    slotsApplied: status.applied,
    slotsOpen: paxos.openSlots,
    revision: status.revision,
    checkpointSlot: status.checkpointSlot,
    journaledBytes: status.journaledBytes,
    sessions: status.sessions,
    watches: status.watches,
    laggingWatches: status.laggingWatches,
    lockWaiters: status.waitingForLocks,
    pendingCommands: status.pendingCommands,
    pendingReads: status.pendingReads,
    residentBytes: residentBytes.total,
    quotaBytes,
    featureLevel,
  };
}

/** What probes are told. */
export function healthOf(
  replica: Replica,
  { stopping, halt }: { readonly stopping: boolean; readonly halt: NodeHalt | undefined },
): HealthView {
  return {
    stopping,
    halted: halt && `${halt.code}: ${halt.reason}`,
    formed: nodeState(replica) !== 'forming',
    leaderId: knownLeader(replica),
    chosenSlot: replica.paxos.chosenThrough,
    appliedSlot: replica.machine.appliedSlot,
  };
}
