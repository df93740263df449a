import { quorumOf, votersOf } from '../paxos/configuration.ts';
import type { Paxos } from '../paxos/paxos.ts';
import type { ClusterMember } from '../paxos/record.ts';
import type { NodeId } from '../wire/identifiers.ts';

/** What an operator may ask of the leader. */
export type MemberChange =
  /** A node that has greeted: it receives the log, and stays a learner, or is made a voter, perhaps in the place of another. */
  | {
      readonly kind: 'add';
      readonly nodeId: NodeId;
      /** HOST:PORT, where the others reach it, in the words in which it says so itself. */
      readonly address: string;
      readonly standing: 'learner' | 'joining';
      /** Empty: of nobody. */
      readonly replaces: NodeId | '';
    }
  | { readonly kind: 'promote'; readonly nodeId: NodeId }
  | { readonly kind: 'remove'; readonly nodeId: NodeId };

/** What becomes of it. */
export type MemberChangeOutcome =
  /** A leader serves under the members that were chosen in the slot; 0: they were so before. */
  | { readonly kind: 'done'; readonly slot: number }
  | { readonly kind: 'refused'; readonly code: MemberChangeRefusal; readonly message: string };

export type MemberChangeRefusal =
  | 'NOT_LEADER'
  | 'BUSY'
  | 'INVALID_ARGUMENT'
  | 'UNSUPPORTED'
  | 'UNAVAILABLE'
  | 'TIMEOUT';

/** The members to propose, or why not. */
export type MemberPlan =
  | { readonly kind: 'members'; readonly members: readonly ClusterMember[] }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'refused'; readonly code: MemberChangeRefusal; readonly message: string };

/** Voters and learners. */
const maxMembers = 9;

/** Whom the leader has heard of lately, itself included. */
export type IsHeard = (nodeId: NodeId) => boolean;

/** What the change makes of the members that rule now. */
export function planChange(paxos: Paxos, change: MemberChange, featureLevel: number, isHeard: IsHeard): MemberPlan {
  const { members } = paxos;
  const known = members.find(({ nodeId }) => nodeId === change.nodeId);
  if (change.kind === 'add') return planAddition(paxos, change, known, featureLevel);
  if (known === undefined) return invalid(`${change.nodeId} is no member`);
  if (change.kind === 'promote') {
    return known.standing === 'voter' ? { kind: 'unchanged' } : judged(promoted(members, known), isHeard);
  }
  return judged(
    members.filter((member) => member !== known),
    isHeard,
  );
}

function planAddition(
  { members, strangers }: Paxos,
  { nodeId, address, standing, replaces }: Extract<MemberChange, { kind: 'add' }>,
  known: ClusterMember | undefined,
  featureLevel: number,
): MemberPlan {
  if (known !== undefined) {
    const isSame = known.address === address && (known.standing === standing || known.standing === 'voter');
    return isSame ? { kind: 'unchanged' } : invalid(`${nodeId} is a ${known.standing} at ${known.address} already`);
  }
  if (members.length >= maxMembers) return invalid(`a cluster has at most ${maxMembers} members`);
  const atAddress = members.find((member) => member.address === address);
  if (atAddress !== undefined) return invalid(`${address} is the address of ${atAddress.nodeId}`);
  if (replaces !== '' && !votersOf(members).some((voter) => voter.nodeId === replaces)) {
    return invalid(`${replaces}, which ${nodeId} is to replace, is no voter`);
  }
  const stranger = strangers.get(nodeId);
  // Nobody waits for it here: that would keep others from changing the members, and it may never come.
  if (stranger === undefined) {
    const message = `${nodeId} has not greeted yet: start it with --join and the members in --initial`;
    return { kind: 'refused', code: 'UNAVAILABLE', message };
  }
  // Where it is not found it would be a member for good that receives nothing.
  if (stranger.address !== '' && stranger.address !== address) {
    return invalid(`${nodeId} says in its --initial that it is reached at ${stranger.address}, not at ${address}`);
  }
  if (stranger.supportedLevel < featureLevel) {
    const message = `${nodeId} supports feature levels up to ${stranger.supportedLevel}, and the cluster has come to ${featureLevel}`;
    return { kind: 'refused', code: 'UNSUPPORTED', message };
  }
  const { incarnation } = stranger;
  return { kind: 'members', members: [...members, { nodeId, incarnation, address, standing, replaces }] };
}

/** It votes from then on; whom it replaces is gone. */
export function promoted(members: readonly ClusterMember[], learner: ClusterMember): readonly ClusterMember[] {
  const staying = members.filter(({ nodeId }) => nodeId !== learner.replaces);
  return staying.map((member) => (member === learner ? { ...member, standing: 'voter', replaces: '' } : member));
}

/** Those that are left have to be able to decide. */
export function judged(members: readonly ClusterMember[], isHeard: IsHeard): MemberPlan {
  const voters = votersOf(members);
  if (voters.length === 0) return invalid('nobody would be left to vote');
  const silent = voters.filter(({ nodeId }) => !isHeard(nodeId)).map(({ nodeId }) => nodeId);
  if (voters.length - silent.length >= quorumOf(members)) return { kind: 'members', members };
  const message = `of ${voters.length} voters ${quorumOf(members)} have to answer, and ${silent.join(', ')} do not`;
  return { kind: 'refused', code: 'UNAVAILABLE', message };
}

function invalid(message: string): MemberPlan {
  return { kind: 'refused', code: 'INVALID_ARGUMENT', message };
}
