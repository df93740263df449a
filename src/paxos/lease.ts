import { type Ballot, sameBallot, zeroBallot } from '../wire/ballot.ts';
import { quorumReached, sendToPeers, settings } from './cluster.ts';
import type { PaxosEffect } from './effects.ts';
import type { HeartbeatAnswer } from './messages.ts';
import { type Leadership, never, type PaxosState, type Progress } from './state.ts';
import { disputeOf, newestHash, raiseAlarm } from './state-hash.ts';

/**
 * Leases as in Gray and Cheriton (SOSP 1989) and "Paxos Made Live" (5.2), with the drift of both clocks counted: a grantor
 * whose clock is fast by ε waits T by its clock, which is at least T / (1 + ε); a holder whose clock is slow by ε counts
 * T (1 - ε) / (1 + ε) by its own, which is at most as much. The holder counts from the sending, the grantor from the receipt.
 */
export function holderLeaseMs(leaseMs: number, clockDriftPermille: number): number {
  const drift = clockDriftPermille / 1000;
  return (leaseMs * (1 - drift)) / (1 + drift);
}

/** Until when this acceptor promises nothing above the ballot that it granted a lease, if that was not `renounced`. */
export function boundUntilMs(state: PaxosState, renounced: Ballot): number {
  const { leases, leaseMs } = settings(state);
  if (!leases) return never;
  // Grants of a former life are not journaled: the longest that one can bind is waited out.
  const bootUntilMs = state.bootedAtMs + leaseMs;
  const { ballot, untilMs } = state.grant;
  if (sameBallot(ballot, renounced) && !sameBallot(ballot, zeroBallot)) return bootUntilMs;
  return Math.max(bootUntilMs, untilMs);
}

/** On receipt of a heartbeat, or by the leader to itself on sending it. */
export function grantLease(state: PaxosState, ballot: Ballot): void {
  state.grant = { ballot, untilMs: state.nowMs + settings(state).leaseMs };
}

/** Sends a fresh heartbeat, which every request for confirmation of this turn shares. */
export function sendHeartbeat(state: PaxosState, leadership: Leadership, effects: PaxosEffect[]): void {
  state.heartbeatId += 1;
  const id = state.heartbeatId;
  const { ballot } = leadership;
  leadership.heartbeatDue = false;
  leadership.sentId = id;
  leadership.nextHeartbeatAtMs = state.nowMs + state.options.timing.heartbeatMs;
  const { leaseMs } = settings(state);
  for (const [sent, atMs] of leadership.sentAtMs) {
    if (atMs + leaseMs >= state.nowMs) break;
    leadership.sentAtMs.delete(sent);
  }
  leadership.sentAtMs.set(id, state.nowMs);
  grantLease(state, ballot);
  const { chosenThrough, durableVoteSequence: sequence } = state;
  for (const progress of leadership.progress.values()) progress.toldChosenThrough = chosenThrough;
  const { hashSlot, hash } = newestHash(state.agreedHashes);
  const dispute = disputeOf(state, leadership);
  if (dispute !== undefined) raiseAlarm(state, dispute, effects);
  sendToPeers(state, effects, { type: 'heartbeat', ballot, id, chosenThrough, hashSlot, hash, dispute, sequence });
}

/** Counts an answer for confirmation and lease. */
export function noteAnswer(leadership: Leadership, progress: Progress, { id }: HeartbeatAnswer): void {
  if (id > leadership.sentId) return;
  if (id > progress.answeredId) progress.answeredId = id;
  const sentAtMs = leadership.sentAtMs.get(id);
  if (sentAtMs === undefined || id < leadership.leaseFromId) return;
  if (sentAtMs > progress.answeredSentMs) progress.answeredSentMs = sentAtMs;
}

/** The highest heartbeat of this ballot that a quorum has answered. */
export function confirmedThrough(state: PaxosState): number {
  const { leadership } = state;
  if (leadership === undefined || leadership.sentId === 0) return 0;
  return quorumReached(leadership, leadership.sentId, ({ answeredId }) => answeredId);
}

/** Until when no other node can have been promised a quorum; never, if the lease was renounced. */
export function leaseUntilMs(state: PaxosState): number {
  const { leadership } = state;
  const { leases, leaseMs, clockDriftPermille } = settings(state);
  if (!leases || leadership === undefined) return never;
  // Given up for the rest of the ballot: others may lead under the new members before this one hears that the change is chosen.
  if (leadership.transfer !== undefined || leadership.changeSlot !== undefined) return never;
  const ownSentMs =
    leadership.sentId >= leadership.leaseFromId ? (leadership.sentAtMs.get(leadership.sentId) ?? never) : never;
  // A suspension too short to be told from the grain of the clocks has still used up lease.
  const suspectMs = Math.max(0, state.uptimeMs - state.nowMs - state.uptimeLeadMs);
  const grantedMs = quorumReached(leadership, ownSentMs, ({ answeredSentMs }) => answeredSentMs);
  return grantedMs + holderLeaseMs(leaseMs, clockDriftPermille) - suspectMs;
}

/** The machine stood still while this clock did: others may have taken over. Only what is sent from now on counts. */
export function onSuspension(state: PaxosState): void {
  state.suspensionToReport = true;
  const { leadership } = state;
  if (leadership === undefined) return;
  leadership.leaseFromId = state.heartbeatId + 1;
  leadership.heartbeatDue = true;
  for (const progress of leadership.progress.values()) progress.answeredSentMs = never;
}

/** Both clocks, before every input. */
export function advanceClocks(state: PaxosState, monotonicMs: number, uptimeMs: number): void {
  state.nowMs = monotonicMs;
  state.uptimeMs = uptimeMs;
  const leadMs = uptimeMs - monotonicMs;
  if (leadMs > state.uptimeLeadMs + state.options.timing.suspensionMs) {
    state.uptimeLeadMs = leadMs;
    onSuspension(state);
  } else if (leadMs < state.uptimeLeadMs) {
    state.uptimeLeadMs = leadMs;
  }
}
