import { assert } from '../wire/assert.ts';
import { type Ballot, compareBallots, formatBallot, sameBallot } from '../wire/ballot.ts';
import type { NodeId } from '../wire/identifiers.ts';
import { retryHeldPrepare } from './acceptor.ts';
import { send, settings } from './cluster.ts';
import { isElectable, isVoter, votersOf } from './configuration.ts';
import type { PaxosEffect } from './effects.ts';
import {
  diskIsStuck,
  electionOnTick,
  onRejectedCandidate,
  prepareAnew,
  prepareWhenDurable,
  startTakeover,
} from './election.ts';
import { isServing, openBallot } from './leader.ts';
import { leaseUntilMs } from './lease.ts';
import { quorumHeardMs } from './liveness.ts';
import { settleMembership } from './membership.ts';
import type { Rejected } from './messages.ts';
import { hasLearned, hasPromises, learnIfPromised } from './phase-one.ts';
import type { Member } from './record.ts';
import { stepDown } from './role.ts';
import type { Leadership, PaxosState } from './state.ts';

/** After anything that may have brought a candidate on: a durable promise, the promises of others, learned values. */
export function advanceCandidacy(state: PaxosState, effects: PaxosEffect[]): void {
  // Whoever is to be asked is a peer by then.
  settleMembership(state, effects);
  prepareWhenDurable(state, effects);
  const { candidacy } = state;
  if (candidacy?.phase === 'preparing') learnIfPromised(state, candidacy, effects);
  if (candidacy === undefined || !hasLearned(state)) return;
  // What was learned may have changed the members: then their promises are needed, and those that are there count on.
  if (!isElectable(state)) state.candidacy = undefined;
  else if (hasPromises(state, candidacy)) openBallot(state, candidacy, effects);
  else prepareAnew(state, candidacy, effects);
}

/** Of the own attempt and the one that waits here for a grant to run out, the higher ballot goes first. */
export function electOnTick(state: PaxosState, effects: PaxosEffect[]): void {
  const { candidacy, heldPrepare } = state;
  const heldFirst =
    heldPrepare !== undefined &&
    (candidacy === undefined || compareBallots(heldPrepare.message.ballot, candidacy.ballot) > 0);
  if (heldFirst) retryHeldPrepare(state, effects);
  if (state.leadership === undefined) electionOnTick(state, effects);
  if (!heldFirst) retryHeldPrepare(state, effects);
}

/** Only an answer to the ballot under way counts; what belongs to an older one is not a preemption. */
export function onRejected(state: PaxosState, message: Rejected, effects: PaxosEffect[]): void {
  if (message.promised.round > state.highestRound) state.highestRound = message.promised.round;
  onRejectedCandidate(state, message);
  const { leadership } = state;
  if (leadership === undefined || !sameBallot(leadership.ballot, message.ballot)) return;
  if (compareBallots(message.promised, leadership.ballot) <= 0) return;
  const why = `${formatBallot(message.promised)} was promised elsewhere`;
  const { silenceMsLow } = state.options.timing;
  // A lone candidate without a quorum has made the member deaf for this ballot. The leader that everyone else still
  // follows brings it back with a higher one; but it does not compete with a leader that has taken its quorum.
  const reopens = isServing(state) && hasNoSuccessor(state, leadership, message.promised);
  stepDown(state, why, effects);
  if (!reopens || state.nowMs < state.reopenedAtMs + silenceMsLow) return;
  reopen(state, leadership, effects);
}

/** While the lease lasts no quorum has promised anything higher, and hardly one that was heard a moment ago. */
function hasNoSuccessor(state: PaxosState, { transfer }: Leadership, promised: Ballot): boolean {
  if (transfer !== undefined && transfer.to === promised.nodeId) return false;
  const { leases, leaseMs } = settings(state);
  const momentMs = (leases ? leaseMs : state.options.timing.silenceMsLow) / 2;
  return state.nowMs < leaseUntilMs(state) || quorumHeardMs(state) > state.nowMs - momentMs;
}

/** A new ballot for the leader of an old one, whose lease it gives up: no grant for that one binds any more. */
export function reopen(state: PaxosState, { ballot }: Leadership, effects: PaxosEffect[]): void {
  assert(state.leadership === undefined, 'a lease is renounced before it is said to be');
  if (!isElectable(state)) return;
  state.reopenedAtMs = state.nowMs;
  startTakeover(state, ballot, effects);
}

/**
 * Stops proposing, renounces the lease for the rest of this ballot, and asks a peer to take over: the one given, or the one
 * that holds most.
 */
export function transferLeadership(state: PaxosState, to: NodeId | undefined, effects: PaxosEffect[]): void {
  const { leadership } = state;
  if (leadership === undefined || leadership.transfer !== undefined) return;
  const others = votersOf(state.members).filter(
    ({ nodeId }) => leadership.progress.has(nodeId) && isLinked(state, nodeId),
  );
  const successor = to ?? mostAdvanced(leadership, others);
  if (successor === undefined || !leadership.progress.has(successor) || !isVoter(state, successor)) return;
  leadership.transfer = {
    to: successor,
    untilMs: state.nowMs + state.options.timing.transferMs,
    sendAtMs: state.nowMs,
  };
  effects.push({
    type: 'notice',
    code: 'transfer',
    text: `handing ballot ${formatBallot(leadership.ballot)} to ${successor}`,
  });
  transferOnTick(state, leadership, effects);
}

function isLinked(state: PaxosState, nodeId: NodeId): boolean {
  const link = state.peers.get(nodeId)?.link;
  return link !== 'down' && link !== 'refused';
}

/** The first of those that hold most. */
export function mostAdvanced({ progress }: Leadership, members: readonly Pick<Member, 'nodeId'>[]): NodeId | undefined {
  let best: NodeId | undefined;
  for (const { nodeId } of members) {
    if (best === undefined || (progress.get(nodeId)?.match ?? 0) > (progress.get(best)?.match ?? 0)) best = nodeId;
  }
  return best;
}

function transferOnTick(state: PaxosState, leadership: Leadership, effects: PaxosEffect[]): void {
  const { transfer, ballot } = leadership;
  if (transfer === undefined) return;
  if (state.nowMs >= transfer.untilMs) {
    stepDown(state, `${transfer.to} did not take over`, effects);
    reopen(state, leadership, effects);
  } else if (state.nowMs >= transfer.sendAtMs) {
    transfer.sendAtMs = state.nowMs + state.options.timing.retryMs;
    send(effects, transfer.to, { type: 'transfer', ballot });
  }
}

/** A leader that reaches no quorum, or cannot write its own disk, makes room for one that can. */
export function leadershipOnTick(state: PaxosState, effects: PaxosEffect[]): void {
  const { leadership } = state;
  if (leadership === undefined) return;
  if (quorumHeardMs(state) < state.nowMs - state.options.timing.silenceMsLow) {
    stepDown(state, 'no quorum answers', effects);
  } else if (diskIsStuck(state)) {
    stepDown(state, 'its disk does not answer', effects);
  } else {
    transferOnTick(state, leadership, effects);
  }
}
