import type { NodeId } from '../wire/identifiers.ts';
import { mayVote, peerIds, send } from './cluster.ts';
import type { PaxosEffect } from './effects.ts';
import { chosenInMemory, learnValue } from './log.ts';
import type { Fetch, Learn } from './messages.ts';
import type { AcceptedSlot, Slot } from './record.ts';
import type { PaxosState } from './state.ts';
import { paxosLimits } from './timing.ts';

/** Someone knows everything up to `through` to be chosen. What is missing here is mostly on its way: it is asked for late. */
export function noteChosenAnnounced(state: PaxosState, through: Slot, effects: PaxosEffect[]): void {
  const { catchUp, chosenThrough } = state;
  if (catchUp.target <= chosenThrough) catchUp.stuckSinceMs = state.nowMs;
  if (through > catchUp.target) catchUp.target = through;
  const isFar = catchUp.target - chosenThrough > paxosLimits.acceptWindowSlots;
  const isUrgent = catchUp.urgent || isFar;
  catchUp.urgent = false;
  if (isUrgent && catchUp.askedFrom === 0) askForChosen(state, effects);
}

/** A candidate proposes nothing before it knows what its quorum knows. */
export function learnAtOnce(state: PaxosState, through: Slot, effects: PaxosEffect[]): void {
  if (through > state.catchUp.target) state.catchUp.target = through;
  askForChosen(state, effects);
}

/** The disk has followed. */
export function resumeCatchUp(state: PaxosState, effects: PaxosEffect[]): void {
  if (!state.catchUp.paused) return;
  state.catchUp.paused = false;
  if (state.leadership === undefined) askForChosen(state, effects);
}

export function catchUpOnTick(state: PaxosState, effects: PaxosEffect[]): void {
  const { catchUp, nowMs } = state;
  if (state.leadership !== undefined || state.chosenThrough >= catchUp.target || catchUp.paused) return;
  if (catchUp.needsCheckpoint) return;
  if (catchUp.askedFrom !== 0) {
    if (nowMs < catchUp.retryAtMs) return;
    catchUp.failures += 1;
    askForChosen(state, effects);
  } else if (nowMs >= catchUp.stuckSinceMs + 2 * state.options.timing.retryMs) {
    askForChosen(state, effects);
  }
}

function askForChosen(state: PaxosState, effects: PaxosEffect[]): void {
  const { catchUp, chosenThrough } = state;
  if (chosenThrough >= catchUp.target || catchUp.needsCheckpoint) return;
  catchUp.paused = state.dirtyBytes >= paxosLimits.unwrittenBytes;
  if (catchUp.paused) return;
  const sources = sourcesOf(state);
  const to = sources[catchUp.failures % sources.length];
  if (to === undefined) return;
  catchUp.askedFrom = chosenThrough + 1;
  catchUp.retryAtMs = state.nowMs + state.options.timing.retryMs * 2;
  const toSlot = Math.min(catchUp.target, chosenThrough + paxosLimits.fetchSlots);
  send(effects, to, { type: 'fetch', fromSlot: chosenThrough + 1, toSlot });
}

/** Nobody has a state to send: perhaps somebody still has the values, or will have written a state later. */
export function retryWithoutCheckpoint(state: PaxosState, effects: PaxosEffect[]): void {
  const { catchUp } = state;
  catchUp.needsCheckpoint = false;
  catchUp.failures += 1;
  if (state.leadership === undefined) askForChosen(state, effects);
}

/** For a candidate those whose promises say that they know; else the leader, then anyone. */
function sourcesOf(state: PaxosState): readonly NodeId[] {
  const { candidacy, leaderBallot } = state;
  const peers = [...peerIds(state)];
  if (candidacy !== undefined) {
    return peers.filter((peer) => (candidacy.promises.get(peer)?.chosenThrough ?? 0) >= candidacy.learnThrough);
  }
  const leaders = peers.filter((peer) => peer === leaderBallot.nodeId);
  return [...leaders, ...peers.filter((peer) => peer !== leaderBallot.nodeId)];
}

/** Any node that has the values answers. */
export function onFetch(state: PaxosState, from: NodeId, { fromSlot, toSlot }: Fetch, effects: PaxosEffect[]): void {
  const { chosenThrough } = state;
  if (fromSlot < 1 || toSlot < fromSlot) return;
  const { trimmedThrough } = state;
  if (fromSlot > state.evictedThrough || fromSlot <= trimmedThrough) {
    const slots = fromSlot <= trimmedThrough ? [] : chosenInMemory(state, fromSlot, toSlot);
    send(effects, from, { type: 'learn', slots, chosenThrough, trimmedThrough });
    return;
  }
  // One read from the disk at a time for each that asks; it repeats its question.
  for (const { to } of state.reads.values()) if (to === from) return;
  state.readToken += 1;
  const token = state.readToken;
  state.reads.set(token, { to: from, fromSlot });
  const last = Math.min(toSlot, state.evictedThrough, fromSlot + paxosLimits.fetchSlots - 1);
  effects.push({ type: 'readSlots', token, fromSlot, toSlot: last, maxBytes: paxosLimits.messageBytes });
}

export function onSlotsRead(
  state: PaxosState,
  token: number,
  slots: readonly AcceptedSlot[],
  effects: PaxosEffect[],
): void {
  const read = state.reads.get(token);
  if (read === undefined) return;
  state.reads.delete(token);
  const { chosenThrough, trimmedThrough } = state;
  const whole = slots.filter(({ slot }, index) => slot === read.fromSlot + index && slot <= chosenThrough);
  const chosen = whole.map((slot) => ({ ...slot, chosen: true }));
  send(effects, read.to, { type: 'learn', slots: chosen, chosenThrough, trimmedThrough });
}

/** Chosen values; they may be applied at once, and count as held when they are durable. */
export function onLearn(state: PaxosState, message: Learn, effects: PaxosEffect[]): void {
  // A leader has learned everything below its first slot before it proposed anything; who may not vote yet has not asked.
  if (state.leadership !== undefined || !mayVote(state)) return;
  const { catchUp } = state;
  const before = state.chosenThrough;
  for (const slot of message.slots) if (!learnValue(state, slot)) break;
  if (state.chosenThrough === before) {
    if (message.trimmedThrough > before) onGone(state, effects);
    return;
  }
  catchUp.askedFrom = 0;
  catchUp.failures = 0;
  catchUp.refusals = 0;
  // Much may be missing: a candidate gives up only when nothing comes any more.
  if (state.candidacy !== undefined) state.candidacy.giveUpAtMs = state.nowMs + state.options.timing.silenceMsHigh;
  askForChosen(state, effects);
}

/** Where one has given up the values, another may still have them: a whole state is much more. */
function onGone(state: PaxosState, effects: PaxosEffect[]): void {
  const { catchUp } = state;
  // An answer to a question that was repeated counts twice; so does one that comes late. A checkpoint is of use in any case.
  catchUp.refusals += 1;
  if (catchUp.refusals >= sourcesOf(state).length) {
    catchUp.needsCheckpoint = true;
    catchUp.refusals = 0;
    return;
  }
  catchUp.failures += 1;
  askForChosen(state, effects);
}
