import type { NodeId } from '../wire/identifiers.ts';
import type { HaltCode } from './effects.ts';
import type { GreetingAnswer } from './messages.ts';
import type { Member, Origin } from './record.ts';
import type { PaxosState } from './state.ts';

export type Refusal = Exclude<GreetingAnswer['verdict'], { kind: 'welcome' }>;

export function haltCodeOf(kind: Refusal['kind']): HaltCode {
  switch (kind) {
    case 'wrongCluster':
      return 'WRONG_CLUSTER';
    case 'strangeIncarnation':
      return 'STRANGE_INCARNATION';
    case 'notAMember':
      return 'NOT_A_MEMBER';
    case 'removed':
      return 'REMOVED';
    case 'differentInitial':
      return 'DIFFERENT_INITIAL';
    case 'differentOrigin':
      return 'DIFFERENT_ORIGIN';
  }
}

/** What is wrong and what to do about it, for the operator of the refused node. */
export function refusalText(state: PaxosState, from: NodeId, refusal: Refusal): string {
  const { nodeId, incarnation, clusterName, initial, origin = '' } = state.options;
  switch (refusal.kind) {
    case 'wrongCluster': {
      const own = state.genesis?.clusterId ?? 'none';
      const theirs = refusal.clusterId === '' ? 'another cluster name' : `cluster ${refusal.clusterId}`;
      return (
        `${from} belongs to ${theirs}; this node is ${nodeId} of "${clusterName}" (cluster id: ${own}). ` +
        'Check the cluster name, the addresses of the members, and that the data directory is the right one.'
      );
    }
    case 'strangeIncarnation':
      return strangerText(nodeId, incarnation, from, refusal.expected);
    case 'notAMember':
      return (
        `${from} knows no member ${nodeId}. Check the node id and the list of initial members; if this node is to join that cluster, ` +
        `start it with --join and make it a member: conclave member add ${nodeId}=HOST:PORT`
      );
    case 'removed':
      return removedText(nodeId, from);
    case 'differentInitial':
      return (
        `${from} was started with other initial members: ${listed(refusal.initial)}; this node with ${listed(initial)}. ` +
        'Start all members with the same list.'
      );
    case 'differentOrigin':
      return (
        `${from} begins with ${stateOf(refusal.origin)}, this node with ${stateOf(origin)}. All members of a restored cluster have ` +
        'to be restored from the same file, to the same --revision, with the same --raise-counters; those of a new one begin empty. ' +
        'Restore this member, or the others, once more.'
      );
  }
}

function stateOf(origin: Origin): string {
  return origin === '' ? 'an empty state' : `the restored state ${origin.slice(0, 16)}`;
}

export function strangerText(nodeId: NodeId, incarnation: string, by: string, expected: string): string {
  return (
    `${by} knows ${nodeId} by the incarnation ${expected}, but this data directory is ${incarnation}. Either the directory of ` +
    `${nodeId} was wiped or replaced, or a second process runs under the same name. If a second process: stop it. ` +
    'If wiped: bring the original directory back, or start with an empty one: the leader then takes it in as a learner, and as a voter ' +
    'once it has caught up. A node without its promises must not vote under the old name.'
  );
}

export function rollbackText(state: PaxosState, from: NodeId, sequence: number): string {
  return (
    `${from} has seen journal record ${sequence} of this node, but the journal ends at ${state.durableSequence}: the data ` +
    'directory was restored from an older copy, or the disk has lost writes that it had confirmed. Bring the newest ' +
    'directory back, or start with an empty one: the leader then takes it in as a learner, and as a voter once it has caught up. A node ' +
    'that has forgotten promises must not vote.'
  );
}

export function removedText(nodeId: NodeId, by: string): string {
  return (
    `${by} says that ${nodeId} was removed from the cluster: it has no part in it any more, and this data directory is of no use there. ` +
    'To take the node in again, start it with an empty directory and --join, and add it as a new member.'
  );
}

function listed(members: readonly Member[]): string {
  return members.map(({ nodeId, address }) => `${nodeId}=${address}`).join(',');
}
