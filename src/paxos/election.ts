import { assert } from '../wire/assert.ts';
import { type Ballot, compareBallots, formatBallot, sameBallot, zeroBallot } from '../wire/ballot.ts';
import type { NodeId } from '../wire/identifiers.ts';
import { noteChosenAnnounced } from './catch-up.ts';
import { lacksState } from './checkpoint.ts';
import { mayVote, peerIds, quorum, send, sendToPeers } from './cluster.ts';
import { isElectable, votersOf } from './configuration.ts';
import type { PaxosEffect } from './effects.ts';
import { boundUntilMs } from './lease.ts';
import { leaderIsAlive } from './liveness.ts';
import type { PreVote, PreVoteAnswer, Rejected, Transfer } from './messages.ts';
import { sendPrepare } from './phase-one.ts';
import { backOff, raisePromise } from './role.ts';
import type { Candidacy, CandidacyPhase, PaxosState } from './state.ts';

/** The silence has lasted too long, or the leader's process is gone: asks whether others would promise. */
export function startPreVote(state: PaxosState, effects: PaxosEffect[]): void {
  if (!mayCampaign(state) || state.leadership !== undefined) return;
  const candidacy = newCandidacy(state, 'preVote', zeroBallot);
  state.candidacy = candidacy;
  candidacy.preVotes.add(state.options.nodeId);
  const text = `campaigning for ballot ${formatBallot(candidacy.ballot)}`;
  effects.push({ type: 'notice', code: 'became-candidate', text });
  sendToPeers(state, effects, { type: 'preVote', ballot: candidacy.ballot });
  countPreVotes(state, candidacy, effects);
}

function mayCampaign(state: PaxosState): boolean {
  return mayVote(state) && isElectable(state) && !lacksState(state);
}

/** Takes over from the leader of `transferOf`, which has renounced its lease: nobody needs to be asked before. */
export function startTakeover(state: PaxosState, transferOf: Ballot, effects: PaxosEffect[]): void {
  state.candidacy = newCandidacy(state, 'waiting', transferOf);
  const text = `taking over from ballot ${formatBallot(transferOf)} with ${formatBallot(state.candidacy.ballot)}`;
  effects.push({ type: 'notice', code: 'became-candidate', text });
  promiseOwnBallot(state, effects);
}

function newCandidacy(state: PaxosState, phase: CandidacyPhase, transferOf: Ballot): Candidacy {
  const { retryMs, silenceMsHigh } = state.options.timing;
  // Above everything promised or heard of: no ballot is ever used twice, and none that was made before this boot.
  const round = Math.max(state.promised.round, state.highestRound) + 1;
  assert(Number.isSafeInteger(round), 'rounds are safe integers');
  return {
    ballot: { round, nodeId: state.options.nodeId },
    transferOf,
    phase,
    retryAtMs: state.nowMs + retryMs,
    retryDelayMs: retryMs,
    giveUpAtMs: state.nowMs + silenceMsHigh,
    fromSlot: 0,
    preVotes: new Set(),
    promises: new Map(),
    learnThrough: 0,
  };
}

/** Would this node promise? Neither while it leads or hears a leader, nor below what it has promised. */
export function onPreVote(state: PaxosState, from: NodeId, { ballot }: PreVote, effects: PaxosEffect[]): void {
  if (!mayVote(state) || ballot.nodeId !== from) return;
  const { promised } = state;
  const granted = compareBallots(ballot, promised) > 0 && !leaderIsAlive(state);
  send(effects, from, { type: 'preVoteAnswer', ballot, granted, promised, chosenThrough: state.chosenThrough });
}

export function onPreVoteAnswer(state: PaxosState, from: NodeId, message: PreVoteAnswer, effects: PaxosEffect[]): void {
  if (message.promised.round > state.highestRound) state.highestRound = message.promised.round;
  noteChosenAnnounced(state, message.chosenThrough, effects);
  const { candidacy } = state;
  if (candidacy?.phase !== 'preVote' || !sameBallot(candidacy.ballot, message.ballot)) return;
  if (message.granted) {
    candidacy.preVotes.add(from);
    countPreVotes(state, candidacy, effects);
  } else if (compareBallots(message.promised, candidacy.ballot) >= 0) {
    backOff(state);
  }
}

function countPreVotes(state: PaxosState, candidacy: Candidacy, effects: PaxosEffect[]): void {
  const granted = votersOf(state.members).filter(({ nodeId }) => candidacy.preVotes.has(nodeId));
  if (granted.length < quorum(state)) return;
  candidacy.phase = 'waiting';
  promiseOwnBallot(state, effects);
}

/** The candidate is an acceptor too: its own promise waits for its own grants, and is durable before it asks others. */
export function promiseOwnBallot(state: PaxosState, effects: PaxosEffect[]): void {
  const { candidacy } = state;
  if (candidacy?.phase !== 'waiting' || !mayVote(state)) return;
  if (state.nowMs < boundUntilMs(state, candidacy.transferOf)) return;
  candidacy.phase = 'promising';
  candidacy.giveUpAtMs = state.nowMs + state.options.timing.silenceMsHigh;
  raisePromise(state, candidacy.ballot, effects);
}

/** After a record became durable. */
export function prepareWhenDurable(state: PaxosState, effects: PaxosEffect[]): void {
  const { candidacy } = state;
  if (candidacy?.phase !== 'promising' || !sameBallot(state.durablePromised, candidacy.ballot)) return;
  candidacy.phase = 'preparing';
  candidacy.fromSlot = state.chosenThrough + 1;
  candidacy.retryAtMs = state.nowMs + candidacy.retryDelayMs;
  for (const to of peerIds(state)) sendPrepare(candidacy, to, effects);
}

/** For the same slots and ballot as before: whoever has not promised yet is asked. */
export function prepareAnew(state: PaxosState, candidacy: Candidacy, effects: PaxosEffect[]): void {
  candidacy.phase = 'preparing';
  candidacy.retryAtMs = state.nowMs + candidacy.retryDelayMs;
  for (const to of peerIds(state)) sendPrepare(candidacy, to, effects);
}

/** Someone has promised more, or is bound to a leader. Only an answer to the attempt under way counts. */
export function onRejectedCandidate(state: PaxosState, message: Rejected): void {
  if (state.candidacy !== undefined && sameBallot(state.candidacy.ballot, message.ballot)) backOff(state);
}

/** The leader has renounced its lease in favour of this node. */
export function onTransfer(state: PaxosState, from: NodeId, { ballot }: Transfer, effects: PaxosEffect[]): void {
  if (!mayVote(state) || ballot.nodeId !== from) return;
  const isCurrent = sameBallot(ballot, state.promised) && sameBallot(ballot, state.leaderBallot);
  if (isCurrent && state.candidacy === undefined && mayCampaign(state)) startTakeover(state, ballot, effects);
}

/** Timers of a candidate, and the beginning of a candidacy. */
export function electionOnTick(state: PaxosState, effects: PaxosEffect[]): void {
  const { candidacy } = state;
  if (candidacy === undefined) {
    // A disk that does not answer would not take the promise either.
    if (state.nowMs >= state.electionAtMs && !diskIsStuck(state)) startPreVote(state, effects);
    return;
  }
  promiseOwnBallot(state, effects);
  if (state.candidacy !== candidacy) return;
  if (state.nowMs >= candidacy.giveUpAtMs && candidacy.phase !== 'waiting') {
    // Those that answer nobody but members may have removed this node behind its back: a greeting is answered in any case.
    if (candidacy.phase === 'preVote') for (const peer of state.peers.values()) peer.greetAtMs = state.nowMs;
    backOff(state);
    return;
  }
  if (state.nowMs >= candidacy.retryAtMs) repeatQuestion(state, candidacy, effects);
}

export function diskIsStuck(state: PaxosState): boolean {
  const { pending, options } = state;
  return pending !== undefined && state.nowMs > pending.sinceMs + options.timing.silenceMsLow;
}

function repeatQuestion(state: PaxosState, candidacy: Candidacy, effects: PaxosEffect[]): void {
  candidacy.retryDelayMs = Math.min(candidacy.retryDelayMs * 2, state.options.timing.retryMsHigh);
  candidacy.retryAtMs = state.nowMs + candidacy.retryDelayMs;
  if (candidacy.phase === 'preVote') {
    for (const to of peerIds(state)) {
      if (!candidacy.preVotes.has(to)) send(effects, to, { type: 'preVote', ballot: candidacy.ballot });
    }
  } else if (candidacy.phase === 'preparing') {
    for (const to of peerIds(state)) sendPrepare(candidacy, to, effects);
  }
}
