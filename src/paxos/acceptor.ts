import { compareBallots, sameBallot, zeroBallot } from '../wire/ballot.ts';
import type { NodeId } from '../wire/identifiers.ts';
import { noteChosenAnnounced } from './catch-up.ts';
import { mayVote, send } from './cluster.ts';
import type { PaxosEffect } from './effects.ts';
import { boundUntilMs, grantLease } from './lease.ts';
import { leaderIsAlive } from './liveness.ts';
import { acceptedAbove, acceptValue, durableThrough, learnChosenThrough } from './log.ts';
import type { Accept, Heartbeat, Prepare, PromiseMessage } from './messages.ts';
import type { AcceptedSlot, Slot } from './record.ts';
import { followLeader, raisePromise } from './role.ts';
import type { PaxosState } from './state.ts';
import { newestHash, noteAgreedHash, raiseAlarm } from './state-hash.ts';
import { paxosLimits } from './timing.ts';

/** Phase 1b. The answer leaves when the promise is durable. */
export function onPrepare(state: PaxosState, from: NodeId, message: Prepare, effects: PaxosEffect[]): void {
  const { ballot } = message;
  if (!mayVote(state) || ballot.nodeId !== from) return;
  const order = compareBallots(ballot, state.promised);
  if (order < 0) {
    send(effects, from, { type: 'rejected', ballot, promised: state.promised });
    return;
  }
  if (order === 0) {
    repeatPromise(state, from, message, effects);
    return;
  }
  const { leadership } = state;
  if (leadership !== undefined && leaderIsAlive(state) && !sameBallot(message.transferOf, leadership.ballot)) {
    send(effects, from, { type: 'rejected', ballot, promised: state.promised });
    return;
  }
  if (state.nowMs < boundUntilMs(state, message.transferOf)) {
    // Answering at the very end of the grant, instead of refusing, is what keeps fail-over short.
    const { heldPrepare } = state;
    if (heldPrepare === undefined || compareBallots(ballot, heldPrepare.message.ballot) >= 0) {
      state.heldPrepare = { from, message, heardMs: state.nowMs };
    }
    return;
  }
  raisePromise(state, ballot, effects);
  owePromise(state, from, message);
}

/** The grant that a prepare waited for may have run out; or its sender may have stopped repeating it, as one does that gives up. */
export function retryHeldPrepare(state: PaxosState, effects: PaxosEffect[]): void {
  const { heldPrepare } = state;
  if (heldPrepare === undefined) return;
  const { from, message, heardMs } = heldPrepare;
  state.heldPrepare = undefined;
  if (state.nowMs > heardMs + state.options.timing.silenceMsHigh) return;
  onPrepare(state, from, message, effects);
  // What goes on waiting is as old as it was.
  if (state.heldPrepare !== undefined) state.heldPrepare = heldPrepare;
}

function repeatPromise(state: PaxosState, from: NodeId, message: Prepare, effects: PaxosEffect[]): void {
  // The candidate has become leader already: this is a late copy.
  if (sameBallot(state.leaderBallot, message.ballot)) return;
  const { owedPromise } = state;
  if (owedPromise === undefined || owedPromise.fromSlot !== message.fromSlot) owePromise(state, from, message);
  else releasePromise(state, owedPromise.sequence, effects);
}

function owePromise(state: PaxosState, to: NodeId, { ballot, fromSlot }: Prepare): void {
  state.owedPromise = { ballot, to, fromSlot, sequence: 0, parts: [] };
  // Each statement has a record of its own, so that its sequence tells its parts from those of any other.
  state.recordWanted = true;
}

/** The record that is being cut makes the promise durable, and with it every value that the promise reports. */
export function fixPromise(state: PaxosState): void {
  const { owedPromise } = state;
  if (owedPromise === undefined || owedPromise.sequence !== 0) return;
  owedPromise.sequence = state.sequence;
  const { chosenThrough, sequence } = state;
  const parts = splitByBytes(acceptedAbove(state, Math.max(owedPromise.fromSlot - 1, chosenThrough)));
  owedPromise.parts = parts.map(
    (accepted, part): PromiseMessage => ({
      type: 'promise',
      ballot: owedPromise.ballot,
      incarnation: state.options.incarnation,
      sequence,
      trimmedThrough: state.trimmedThrough,
      chosenThrough,
      accepted,
      part,
      last: part === parts.length - 1,
    }),
  );
}

function splitByBytes(accepted: readonly AcceptedSlot[]): AcceptedSlot[][] {
  let part: AcceptedSlot[] = [];
  const parts = [part];
  let bytes = 0;
  for (const slot of accepted) {
    if (part.length > 0 && bytes + slot.value.length > paxosLimits.messageBytes) {
      part = [];
      parts.push(part);
      bytes = 0;
    }
    part.push(slot);
    bytes += slot.value.length;
  }
  return parts;
}

/** Sends the promise that record `sequence` holds, once that is durable. */
export function releasePromise(state: PaxosState, sequence: number, effects: PaxosEffect[]): void {
  const { owedPromise } = state;
  if (owedPromise === undefined || owedPromise.sequence !== sequence) return;
  if (sequence === 0 || sequence > state.durableSequence) return;
  for (const part of owedPromise.parts) send(effects, owedPromise.to, part);
}

/** Phase 2b. The answer leaves with `answerLeader`, when the value is durable. */
export function onAccept(state: PaxosState, from: NodeId, message: Accept, effects: PaxosEffect[]): void {
  if (!followSender(state, from, message, effects)) return;
  state.owesAccepted = true;
  // What this message says to be chosen may move the window that its value has to fit in.
  learnChosenThrough(state, message.ballot, state.announcedThrough);
  if (message.slot <= state.chosenThrough + paxosLimits.acceptWindowSlots) {
    acceptValue(state, message.slot, message.ballot, message.value);
    learnChosenThrough(state, message.ballot, state.announcedThrough);
  }
  noteChosenAnnounced(state, message.chosenThrough, effects);
}

export function onHeartbeat(state: PaxosState, from: NodeId, message: Heartbeat, effects: PaxosEffect[]): void {
  if (!followSender(state, from, message, effects)) return;
  grantLease(state, message.ballot);
  if (message.id > state.owedHeartbeat) state.owedHeartbeat = message.id;
  learnChosenThrough(state, message.ballot, state.announcedThrough);
  noteChosenAnnounced(state, message.chosenThrough, effects);
  if (message.hashSlot > 0) noteAgreedHash(state, message.hashSlot, message.hash, effects);
  if (message.dispute !== undefined) raiseAlarm(state, message.dispute, effects);
}

/** False if the sender does not lead any more, or never did. */
function followSender(state: PaxosState, from: NodeId, message: Accept | Heartbeat, effects: PaxosEffect[]): boolean {
  const { ballot } = message;
  if (!mayVote(state) || ballot.nodeId !== from) return false;
  if (compareBallots(ballot, state.promised) < 0) {
    send(effects, from, { type: 'rejected', ballot, promised: state.promised });
    return false;
  }
  // Even while bound by a grant to an older leader: this one's quorum has waited that lease out.
  followLeader(state, ballot, effects);
  if (message.chosenThrough > state.announcedThrough) state.announcedThrough = message.chosenThrough;
  return true;
}

/** At the end of a turn: one answer for all that the leader has sent, from what is durable. */
export function answerLeader(state: PaxosState, effects: PaxosEffect[]): void {
  const { promised, leaderBallot, acknowledged } = state;
  const isDurable = sameBallot(state.durablePromised, promised);
  if (promised.nodeId === '' || promised.nodeId === state.options.nodeId) return;
  if (!sameBallot(promised, leaderBallot) || sameBallot(promised, zeroBallot) || !isDurable) return;
  const through = acknowledge(state);
  const news = through > acknowledged.through || !sameBallot(acknowledged.ballot, promised);
  const isSettled = state.dirtySlots.size === 0 && state.pending === undefined;
  const to = promised.nodeId;
  if (news || (state.owesAccepted && isSettled)) {
    state.owesAccepted = false;
    const { quiet, durableSequence: sequence } = state;
    const { incarnation } = state.options;
    send(effects, to, { type: 'accepted', ballot: promised, through, incarnation, sequence, quiet });
  }
  if (state.owedHeartbeat > 0) {
    const { hashSlot, hash } = newestHash(state.ownHashes);
    const id = state.owedHeartbeat;
    state.owedHeartbeat = 0;
    const { chosenThrough, durableVoteSequence: sequence, quiet } = state;
    const own = { acceptedThrough: through, chosenThrough, hashSlot, hash, sequence, quiet } as const;
    send(effects, to, { type: 'heartbeatAnswer', ballot: promised, id, ...own });
  }
}

/** The leader is told at once when quiet ends, and with the next answer when it begins. */
export function setQuiet(state: PaxosState, quiet: boolean): void {
  if (state.quiet && !quiet) state.owesAccepted = true;
  state.quiet = quiet;
}

/** Notes how far this disk has got in the promised ballot. */
export function acknowledge(state: PaxosState): Slot {
  const through = durableThrough(state, state.promised);
  state.acknowledged = { ballot: state.promised, through };
  return through;
}
