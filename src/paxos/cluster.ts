import type { NodeId } from '../wire/identifiers.ts';
import { isAmong, quorumOf } from './configuration.ts';
import type { PaxosEffect } from './effects.ts';
import type { PaxosMessage } from './messages.ts';
import type { ClusterSettings, Incarnation } from './record.ts';
import type { Leadership, PaxosState, Progress } from './state.ts';

/** Of those that rule the next slot. */
export function quorum(state: PaxosState): number {
  return quorumOf(state.members);
}

/** The other members, in the order of their ids: no order of arrival may decide anything. */
export function peerIds(state: PaxosState): Iterable<NodeId> {
  return state.peers.keys();
}

export function isMember(state: PaxosState, nodeId: NodeId, incarnation: Incarnation): boolean {
  if (state.genesis === undefined) return false;
  return isAmong(state.members, nodeId, incarnation) || isAmong(state.departing, nodeId, incarnation);
}

/** Whose word of what is chosen is taken: of this cluster, and with a directory that has lost nothing. */
export function mayTeach(state: PaxosState, nodeId: NodeId, incarnation: Incarnation): boolean {
  return isMember(state, nodeId, incarnation) || isAmong(state.successor?.members ?? [], nodeId, incarnation);
}

/** Those of the cluster; before it is born, what this node would found it with. */
export function settings(state: PaxosState): ClusterSettings {
  return state.genesis?.settings ?? state.options.settings;
}

/** The highest value that a quorum of the leader's ballot has reached, the quorum-th highest: its own, and those of the voters. */
export function quorumReached(
  { quorum: needed, progress }: Leadership,
  own: number,
  of: (of: Progress) => number,
): number {
  const values = [own];
  for (const peer of progress.values()) if (peer.votes) values.push(of(peer));
  let highest = Number.NEGATIVE_INFINITY;
  // Without sorting, which would make garbage at each answer of a follower.
  for (const candidate of values) {
    if (candidate <= highest) continue;
    let count = 0;
    for (const value of values) if (value >= candidate) count += 1;
    if (count >= needed) highest = candidate;
  }
  return highest;
}

/** A booted member of a formed cluster that has given the others time to say that its directory is not what it was. */
export function mayVote(state: PaxosState): boolean {
  return state.durableFormed && hasHeardOthers(state);
}

/** Whoever could say that this directory is not what it was has said so, or has had the time to. */
export function hasHeardOthers(state: PaxosState): boolean {
  if (!state.booted) return false;
  if (state.nowMs >= state.bootedAtMs + state.options.timing.greetingWaitMs) return true;
  for (const { awaited, answered } of state.peers.values()) if (awaited && !answered) return false;
  return true;
}

export function send(effects: PaxosEffect[], to: NodeId, message: PaxosMessage): void {
  effects.push({ type: 'send', to, message });
}

export function sendToPeers(state: PaxosState, effects: PaxosEffect[], message: PaxosMessage): void {
  for (const to of peerIds(state)) send(effects, to, message);
}

export function halt(
  state: PaxosState,
  effects: PaxosEffect[],
  code: Extract<PaxosEffect, { type: 'halt' }>['code'],
  reason: string,
): void {
  state.halted = true;
  effects.push({ type: 'halt', code, reason });
}
