import { type Ballot, sameBallot, zeroBallot } from '../wire/ballot.ts';
import type { NodeId } from '../wire/identifiers.ts';
import { quorumReached } from './cluster.ts';
import type { PaxosState } from './state.ts';

/** Since when, at the latest, a quorum has answered this leader; its own answer is always fresh. */
export function quorumHeardMs(state: PaxosState): number {
  const { leadership } = state;
  if (leadership === undefined) return Number.NEGATIVE_INFINITY;
  return quorumReached(leadership, state.nowMs, ({ heardAtMs }) => heardAtMs);
}

/** This node leads and reaches a quorum, or hears from a leader: a candidate is not welcome. */
export function leaderIsAlive(state: PaxosState): boolean {
  const { silenceMsLow } = state.options.timing;
  if (state.leadership !== undefined) return quorumHeardMs(state) >= state.nowMs - silenceMsLow;
  const { leaderBallot, promised } = state;
  if (sameBallot(leaderBallot, zeroBallot) || !sameBallot(leaderBallot, promised)) return false;
  if (leaderBallot.nodeId !== '' && isGone(state, leaderBallot.nodeId)) return false;
  return state.leaderHeardMs > state.nowMs - silenceMsLow;
}

/** The ballot of the other node that this one follows, heard or not; undefined for a leader, a candidate and whoever has none. */
export function followedBallot(state: PaxosState): Ballot | undefined {
  const { leadership, candidacy, leaderBallot, promised, options } = state;
  if (leadership !== undefined || candidacy !== undefined || sameBallot(leaderBallot, zeroBallot)) return undefined;
  const follows = sameBallot(leaderBallot, promised) && leaderBallot.nodeId !== options.nodeId;
  return follows ? leaderBallot : undefined;
}

/** Reconnecting was refused, and what came from it since had been sent before. */
function isGone(state: PaxosState, leader: NodeId): boolean {
  const peer = state.peers.get(leader);
  return peer?.link === 'refused' && state.leaderHeardMs <= peer.refusedAtMs + 2 * state.options.timing.heartbeatMs;
}
