import { votersOf } from '../paxos/configuration.ts';
import type { Paxos } from '../paxos/paxos.ts';
import type { ClusterMember, Member } from '../paxos/record.ts';
import type { NodeId } from '../wire/identifiers.ts';
import type { ServerConfig } from './config.ts';
import { ServerError } from './server-error.ts';

interface MemberAddress {
  readonly nodeId: NodeId;
  readonly address: string;
}

/**
 * What the node is started with has to fit its data directory: the cluster's name, and, until its members were changed for the first time,
 * their list.
 *
 * @throws ServerError DIFFERENT_INITIAL
 */
export function checkInitial({ initial, clusterName, dataDir }: ServerConfig, { genesis, configuration }: Paxos): void {
  if (genesis === undefined) return;
  const hasChanged = (configuration?.slot ?? 0) > 0;
  const known = hasChanged ? genesis.clusterName : `${genesis.clusterName}: ${formatMembers(genesis.members)}`;
  const given = hasChanged ? clusterName : `${clusterName}: ${formatMembers(initial)}`;
  if (known === given) return;
  const advice = `start it as it was formed, or name another data directory`;
  throw new ServerError('DIFFERENT_INITIAL', `${dataDir} belongs to cluster ${known}, not to ${given}: ${advice}`);
}

/** Nobody else is sure to have what was decided: learners may have none of it yet. */
export function isOnlyVoter(members: readonly ClusterMember[], nodeId: NodeId): boolean {
  const voters = votersOf(members);
  return voters.length === 1 && voters[0]?.nodeId === nodeId;
}

/** Where this node reaches others. */
export function dialled(config: ServerConfig, peers: readonly Member[]): readonly MemberAddress[] {
  return peers.map(({ nodeId, address }) => ({
    nodeId,
    address: config.dial.find((other) => other.nodeId === nodeId)?.address ?? address,
  }));
}

function formatMembers(members: readonly MemberAddress[]): string {
  return members.map(({ nodeId, address }) => `${nodeId}=${address}`).join(',');
}
