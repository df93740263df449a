import type { Genesis } from '../paxos/record.ts';
import type { NodeId } from '../wire/identifiers.ts';
import type { ServerConfig } from './config.ts';
import { ServerError } from './server-error.ts';

interface MemberAddress {
  readonly nodeId: NodeId;
  readonly address: string;
}

/**
 * Where this node reaches the members of the cluster that its journal knows; else those of a cluster that is yet to be born.
 *
 * @throws ServerError DIFFERENT_INITIAL
 */
export function dialledMembers(config: ServerConfig, genesis: Genesis | undefined): readonly MemberAddress[] {
  return membersOf(config, genesis).map((member) => ({
    ...member,
    ...config.dial.find(({ nodeId }) => nodeId === member.nodeId),
  }));
}

function membersOf({ initial, clusterName, dataDir }: ServerConfig, genesis: Genesis | undefined) {
  if (genesis === undefined) return initial;
  const known = `${genesis.clusterName}: ${formatMembers(genesis.members)}`;
  const given = `${clusterName}: ${formatMembers(initial)}`;
  if (known !== given) {
    const advice = `start it as it was formed, or name another data directory`;
    throw new ServerError('DIFFERENT_INITIAL', `${dataDir} belongs to cluster ${known}, not to ${given}: ${advice}`);
  }
  return genesis.members;
}

function formatMembers(members: readonly MemberAddress[]): string {
  return members.map(({ nodeId, address }) => `${nodeId}=${address}`).join(',');
}
