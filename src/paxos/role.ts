import { assert } from '../wire/assert.ts';
import { type Ballot, compareBallots, formatBallot, sameBallot } from '../wire/ballot.ts';
import { send } from './cluster.ts';
import type { PaxosEffect } from './effects.ts';
import { randomBetween } from './random.ts';
import type { PaxosState } from './state.ts';

/** Waits for a leader, for a time drawn anew. */
export function resetElectionTimer(state: PaxosState): void {
  const { silenceMsLow, silenceMsHigh } = state.options.timing;
  state.electionAtMs = state.nowMs + randomBetween(state, silenceMsLow, silenceMsHigh);
}

/** Gives up an attempt that others stand against; the waits grow with each failure, so that duels end. */
export function backOff(state: PaxosState): void {
  const { retryMs, silenceMsHigh } = state.options.timing;
  const highest = Math.min(silenceMsHigh, retryMs * 2 ** state.failedCandidacies);
  state.candidacy = undefined;
  state.failedCandidacies = Math.min(state.failedCandidacies + 1, 10);
  state.electionAtMs = state.nowMs + randomBetween(state, highest / 2, highest);
}

export function stepDown(state: PaxosState, why: string, effects: PaxosEffect[]): void {
  const { leadership } = state;
  assert(leadership !== undefined, 'only a leader steps down');
  state.leadership = undefined;
  resetElectionTimer(state);
  const text = `no longer leader in ballot ${formatBallot(leadership.ballot)}: ${why}`;
  effects.push({ type: 'notice', code: 'stepped-down', text });
}

/**
 * Binds this acceptor to `ballot`: it accepts nothing in lower ones, and its own attempts in others end. Whoever is promised has the
 * time of a silence to lead: a rival that was about to begin anew would outbid it (as in Raft, a vote given restarts the timer), and so
 * would one whose own, higher attempt has only waited for the same grant to run out.
 */
export function raisePromise(state: PaxosState, ballot: Ballot, effects: PaxosEffect[]): void {
  assert(compareBallots(ballot, state.promised) > 0, 'promises only rise');
  state.promised = ballot;
  if (ballot.round > state.highestRound) state.highestRound = ballot.round;
  state.owedPromise = undefined;
  state.owedHeartbeat = 0;
  state.owesAccepted = false;
  if (state.candidacy === undefined || !sameBallot(state.candidacy.ballot, ballot)) {
    state.candidacy = undefined;
    resetElectionTimer(state);
  }
  if (state.leadership !== undefined && compareBallots(state.leadership.ballot, ballot) < 0) {
    stepDown(state, `${formatBallot(ballot)} was promised`, effects);
  }
  const { heldPrepare } = state;
  if (heldPrepare !== undefined && compareBallots(heldPrepare.message.ballot, ballot) < 0) {
    state.heldPrepare = undefined;
    send(effects, heldPrepare.from, { type: 'rejected', ballot: heldPrepare.message.ballot, promised: ballot });
  }
}

/** A message of phase 2 or a heartbeat: its sender has a quorum's promises for `ballot`, which is not below the own one. */
export function followLeader(state: PaxosState, ballot: Ballot, effects: PaxosEffect[]): void {
  if (compareBallots(ballot, state.promised) > 0) raisePromise(state, ballot, effects);
  assert(sameBallot(ballot, state.promised), 'a leader is followed in the promised ballot');
  assert(state.leadership === undefined, 'a leader follows nobody');
  state.candidacy = undefined;
  state.failedCandidacies = 0;
  state.owedPromise = undefined;
  state.leaderHeardMs = state.nowMs;
  resetElectionTimer(state);
  if (sameBallot(state.leaderBallot, ballot)) return;
  state.leaderBallot = ballot;
  state.announcedThrough = 0;
  state.catchUp.urgent = true;
  state.catchUp.askedFrom = 0;
  state.catchUp.failures = 0;
  effects.push({
    type: 'notice',
    code: 'following',
    text: `following ${ballot.nodeId} in ballot ${formatBallot(ballot)}`,
  });
}
