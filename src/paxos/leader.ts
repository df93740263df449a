import { assert } from '../wire/assert.ts';
import { formatBallot, sameBallot } from '../wire/ballot.ts';
import { configurationIn } from '../wire/batch-codec.ts';
import type { NodeId } from '../wire/identifiers.ts';
import { acknowledge } from './acceptor.ts';
import { peerIds, quorum, quorumReached } from './cluster.ts';
import { isVoter } from './configuration.ts';
import type { PaxosEffect } from './effects.ts';
import { noteAnswer, sendHeartbeat } from './lease.ts';
import { acceptValue, noOp, raiseChosen } from './log.ts';
import type { Accepted, HeartbeatAnswer } from './messages.ts';
import { valuesToAdopt } from './phase-one.ts';
import type { Slot } from './record.ts';
import { newProgress, noteMatch, replicate, resendIfStuck, rewind } from './replication.ts';
import type { Candidacy, Leadership, PaxosState, Progress } from './state.ts';
import { voteHash } from './state-hash.ts';
import { paxosLimits } from './timing.ts';

/** Phase 1 is done: proposes again what may have been chosen, or a no-op, and serves once the last of it is chosen. */
export function openBallot(state: PaxosState, candidacy: Candidacy, effects: PaxosEffect[]): void {
  const { ballot } = candidacy;
  assert(
    sameBallot(ballot, state.promised) && sameBallot(ballot, state.durablePromised),
    'a leader keeps its own promise',
  );
  const adopted = valuesToAdopt(state, candidacy);
  const values = adopted.length > 0 ? adopted : [noOp];
  const firstSlot = state.chosenThrough + 1;
  const leadership: Leadership = {
    ballot,
    quorum: quorum(state),
    changeSlot: undefined,
    firstSlot,
    servingFrom: state.chosenThrough + values.length,
    nextSlot: firstSlot,
    openBytes: 0,
    sinceMs: state.nowMs,
    progress: new Map(),
    heartbeatDue: true,
    nextHeartbeatAtMs: state.nowMs,
    sentId: 0,
    sentAtMs: new Map(),
    leaseFromId: 0,
    transfer: undefined,
    hashVotes: new Map(),
  };
  for (const peer of peerIds(state)) {
    leadership.progress.set(peer, newProgress(state, firstSlot, isVoter(state, peer)));
  }
  state.candidacy = undefined;
  state.failedCandidacies = 0;
  state.leadership = leadership;
  state.leaderBallot = ballot;
  state.catchUp.askedFrom = 0;
  for (const value of values) append(state, leadership, value, effects);
  const text = `leader in ballot ${formatBallot(ballot)}, serving from slot ${leadership.servingFrom}`;
  effects.push({ type: 'notice', code: 'became-leader', text });
}

/** Phase 2a: the peers are asked while the own disk is written. */
function append(state: PaxosState, leadership: Leadership, value: Uint8Array, effects: PaxosEffect[]): Slot {
  const slot = leadership.nextSlot;
  assert(Number.isSafeInteger(slot), 'slots are safe integers');
  leadership.nextSlot += 1;
  leadership.openBytes += value.length;
  assert(leadership.changeSlot === undefined, 'nothing is proposed past a change of the members');
  if (configurationIn(value) !== undefined) leadership.changeSlot = slot;
  acceptValue(state, slot, leadership.ballot, value);
  for (const to of peerIds(state)) replicate(state, leadership, to, effects);
  return slot;
}

export function openSlots(state: PaxosState): number {
  return state.leadership === undefined ? 0 : state.leadership.nextSlot - 1 - state.chosenThrough;
}

export function canPropose(state: PaxosState): boolean {
  const { leadership } = state;
  if (leadership === undefined || leadership.transfer !== undefined || state.halted) return false;
  if (leadership.changeSlot !== undefined) return false;
  return openSlots(state) < paxosLimits.openSlots && leadership.openBytes < paxosLimits.openBytes;
}

export function propose(state: PaxosState, value: Uint8Array, effects: PaxosEffect[]): Slot {
  const { leadership } = state;
  assert(leadership !== undefined && canPropose(state), 'only a leader with room proposes');
  return append(state, leadership, value, effects);
}

export function isServing(state: PaxosState): boolean {
  const { leadership } = state;
  if (leadership === undefined || state.chosenThrough < leadership.servingFrom) return false;
  // With a change that is chosen the ballot is at its end.
  return leadership.changeSlot === undefined || state.chosenThrough < leadership.changeSlot;
}

/** Phase 2b. */
export function onAccepted(state: PaxosState, from: NodeId, message: Accepted, effects: PaxosEffect[]): void {
  const { leadership } = state;
  if (leadership === undefined || !sameBallot(leadership.ballot, message.ballot)) return;
  const progress = leadership.progress.get(from);
  if (progress === undefined) return;
  progress.quiet = message.quiet;
  noteProgress(state, leadership, from, progress, message.through, effects);
}

export function onHeartbeatAnswer(
  state: PaxosState,
  from: NodeId,
  message: HeartbeatAnswer,
  effects: PaxosEffect[],
): void {
  const { leadership } = state;
  if (leadership === undefined || !sameBallot(leadership.ballot, message.ballot)) return;
  const progress = leadership.progress.get(from);
  if (progress === undefined) return;
  noteAnswer(leadership, progress, message);
  if (message.chosenThrough > progress.chosenThrough) progress.chosenThrough = message.chosenThrough;
  progress.quiet = message.quiet;
  resendIfStuck(state, leadership, progress);
  noteProgress(state, leadership, from, progress, message.acceptedThrough, effects);
  if (message.hashSlot > 0 && progress.votes)
    voteHash(state, leadership, from, message.hashSlot, message.hash, effects);
}

function noteProgress(
  state: PaxosState,
  leadership: Leadership,
  from: NodeId,
  progress: Progress,
  through: Slot,
  effects: PaxosEffect[],
): void {
  progress.heardAtMs = state.nowMs;
  noteMatch(state, leadership, progress, through);
  advanceChosen(state);
  replicate(state, leadership, from, effects);
}

/** A slot is chosen once a quorum holds it, whichever disks these are. */
export function advanceChosen(state: PaxosState): void {
  const { leadership } = state;
  if (leadership === undefined) return;
  const held = quorumReached(leadership, acknowledge(state), ({ match }) => match);
  const through = Math.min(held, leadership.nextSlot - 1);
  if (through <= state.chosenThrough) return;
  for (let slot = state.chosenThrough + 1; slot <= through; slot++) {
    leadership.openBytes -= state.log.get(slot)?.value.length ?? 0;
  }
  raiseChosen(state, through);
}

/** The link is new: what was sent on the old one may be lost. */
export function onLeaderPeerConnected(state: PaxosState, peer: NodeId, effects: PaxosEffect[]): void {
  const { leadership } = state;
  const progress = leadership?.progress.get(peer);
  if (leadership === undefined || progress === undefined) return;
  leadership.heartbeatDue = true;
  rewind(state, progress);
  replicate(state, leadership, peer, effects);
}

/** At the end of a turn: followers with clients that no accept has told what is chosen are told by a heartbeat. */
export function heartbeatIfDue(state: PaxosState, effects: PaxosEffect[]): void {
  const { leadership } = state;
  if (leadership === undefined) return;
  if (leadership.heartbeatDue || state.nowMs >= leadership.nextHeartbeatAtMs || hasNewsForClients(state, leadership)) {
    sendHeartbeat(state, leadership, effects);
  }
}

function hasNewsForClients({ chosenThrough }: PaxosState, { progress }: Leadership): boolean {
  for (const { quiet, toldChosenThrough } of progress.values()) {
    if (!quiet && toldChosenThrough < chosenThrough) return true;
  }
  return false;
}
