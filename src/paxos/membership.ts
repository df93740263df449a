import { assert } from '../wire/assert.ts';
import type { NodeId } from '../wire/identifiers.ts';
import { halt } from './cluster.ts';
import { isElectable, quorumOf, votersOf } from './configuration.ts';
import { configurationValue } from './configuration-codec.ts';
import type { PaxosEffect } from './effects.ts';
import { byNodeId } from './formation.ts';
import { newPeer } from './greeting.ts';
import { isServing, propose } from './leader.ts';
import { mostAdvanced, reopen, transferLeadership } from './leadership-change.ts';
import type { ClusterMember, Member, Slot } from './record.ts';
import { removedText } from './refusal.ts';
import { newProgress } from './replication.ts';
import { stepDown } from './role.ts';
import type { Leadership, PaxosState, Peer } from './state.ts';

/** Everybody to talk to, in the order of their ids: no order of arrival may decide anything. */
export function updatePeers(state: PaxosState, awaited: boolean): void {
  const { peers } = state;
  const known = new Map(peers);
  peers.clear();
  for (const { nodeId, incarnation } of routedPeers(state)) {
    peers.set(nodeId, peerOf(state, known.get(nodeId), incarnation) ?? newPeer(state, awaited));
  }
  state.membersChanged = false;
}

/** A member whose directory was replaced is another one under the same name. */
function peerOf(state: PaxosState, known: Peer | undefined, incarnation: string): Peer | undefined {
  if (known === undefined || known.incarnation === '' || known.incarnation === incarnation) return known;
  return { ...newPeer(state, false), link: known.link };
}

/** All others that are to be reached. */
export function routedPeers(state: PaxosState): readonly Member[] {
  const routed = new Map<NodeId, Member>();
  // Under one name the newest is reached.
  for (const { nodeId, incarnation, address } of [
    ...state.departing,
    ...state.members,
    ...(state.successor?.members ?? []),
  ]) {
    if (nodeId !== state.options.nodeId) routed.set(nodeId, { nodeId, incarnation, address });
  }
  return [...routed.values()].sort(byNodeId);
}

/** At the end of a turn in which a configuration became known, or one that had ended was left behind. */
export function settleMembership(state: PaxosState, effects: PaxosEffect[]): void {
  if (state.membersChanged && state.booted) onMembersChanged(state, effects);
  const { leadership } = state;
  if (leadership?.changeSlot !== undefined && state.chosenThrough >= leadership.changeSlot) {
    endBallot(state, leadership, effects);
  }
}

function onMembersChanged(state: PaxosState, effects: PaxosEffect[]): void {
  const { leadership, options } = state;
  updatePeers(state, false);
  if (leadership !== undefined) keepProgress(state, leadership);
  if (state.candidacy !== undefined && !isElectable(state)) state.candidacy = undefined;
  effects.push({ type: 'peersChanged', peers: routedPeers(state) });
  const slot = state.ruling?.slot ?? 0;
  if (slot > 0) {
    effects.push({
      type: 'notice',
      code: 'members-changed',
      text: `members since slot ${slot}: ${listed(state.members)}`,
    });
  }
  if (state.members.some(({ nodeId }) => nodeId === options.nodeId)) return;
  if (!state.departing.some(({ nodeId }) => nodeId === options.nodeId)) {
    halt(state, effects, 'REMOVED', removedText(options.nodeId, 'the log'));
    return;
  }
  // From now on it asks whether it is still needed.
  for (const peer of state.peers.values()) {
    peer.settled = false;
    peer.greetAtMs = state.nowMs + options.timing.retryMs;
  }
}

/** Learners that are new are sent the log at once; whoever has left is not counted on any more. */
function keepProgress(state: PaxosState, { progress, nextSlot }: Leadership): void {
  for (const nodeId of progress.keys()) if (!state.peers.has(nodeId)) progress.delete(nodeId);
  for (const nodeId of state.peers.keys()) {
    if (!progress.has(nodeId)) progress.set(nodeId, newProgress(state, nextSlot, false));
  }
}

function listed(members: readonly ClusterMember[]): string {
  return members.map(({ nodeId, standing }) => (standing === 'voter' ? nodeId : `${nodeId} (${standing})`)).join(', ');
}

/**
 * The change is chosen. A member of the new configuration opens a new ballot under it; a leader that leaves waits until a quorum of the
 * new members knows of the change, and hands over to one of them.
 */
function endBallot(state: PaxosState, leadership: Leadership, effects: PaxosEffect[]): void {
  if (leadership.transfer !== undefined) return;
  if (isElectable(state)) {
    stepDown(state, 'the members have changed', effects);
    reopen(state, leadership, effects);
    return;
  }
  const knowing = votersOf(state.members).filter(({ nodeId }) => knowsChange(leadership, nodeId));
  if (knowing.length >= quorumOf(state.members)) transferLeadership(state, mostAdvanced(leadership, knowing), effects);
}

function knowsChange({ progress, changeSlot }: Leadership, nodeId: NodeId): boolean {
  return (progress.get(nodeId)?.chosenThrough ?? 0) >= (changeSlot ?? 0);
}

/**
 * Whether a change to these members may be proposed at this moment: everything before it is chosen, applied, and on the disks of a quorum
 * of the new members, so that nothing is lost if the old ones leave at once. While more is to be proposed this may take for ever: the
 * proposer stops proposing meanwhile.
 */
export function canChangeMembers(state: PaxosState, members: readonly ClusterMember[]): boolean {
  const { leadership, chosenThrough, options } = state;
  if (leadership === undefined || !isServing(state) || leadership.transfer !== undefined) return false;
  if (leadership.changeSlot !== undefined || leadership.nextSlot - 1 > chosenThrough) return false;
  if (state.appliedThrough < chosenThrough) return false;
  const holding = votersOf(members).filter(({ nodeId }) => {
    if (nodeId === options.nodeId) return state.acknowledged.through >= chosenThrough;
    return (leadership.progress.get(nodeId)?.match ?? 0) >= chosenThrough;
  });
  return holding.length >= quorumOf(members);
}

/** The lease is given up for the rest of the ballot, of which this is the last slot. */
export function changeMembers(state: PaxosState, members: readonly ClusterMember[], effects: PaxosEffect[]): Slot {
  assert(canChangeMembers(state, members), 'a change of the members is proposed only when it loses nothing');
  const names = new Set(members.map(({ nodeId }) => nodeId));
  assert(names.size === members.length && votersOf(members).length > 0, 'a cluster has voters, each once');
  for (const { nodeId, standing, incarnation } of votersOf(members)) {
    const now = state.members.find((member) => member.nodeId === nodeId);
    assert(now !== undefined && now.incarnation === incarnation, `${standing} ${nodeId} was a member before`);
  }
  return propose(state, configurationValue([...members].sort(byNodeId)), effects);
}
