import type { NodeId } from '../wire/identifiers.ts';
import { send } from './cluster.ts';
import type { PaxosEffect } from './effects.ts';
import type { Slot } from './record.ts';
import type { Leadership, PaxosState, Progress } from './state.ts';
import { paxosLimits } from './timing.ts';

export function newProgress(state: PaxosState, firstSlot: Slot, votes: boolean): Progress {
  return {
    votes,
    match: 0,
    next: firstSlot,
    inFlight: [],
    inFlightBytes: 0,
    progressAtMs: state.nowMs,
    resendDelayMs: state.options.timing.retryMs,
    heardAtMs: state.nowMs,
    answeredId: 0,
    answeredSentMs: Number.NEGATIVE_INFINITY,
    chosenThrough: 0,
    toldChosenThrough: 0,
    quiet: false,
  };
}

/** Sends a peer what is next for it, as far as its window allows. */
export function replicate(state: PaxosState, leadership: Leadership, to: NodeId, effects: PaxosEffect[]): void {
  const progress = leadership.progress.get(to);
  if (progress === undefined) return;
  // So far behind, it fetches what is chosen, and would not take what is far above that.
  if (progress.match > 0 && state.chosenThrough - progress.match > paxosLimits.acceptWindowSlots) return;
  const { ballot } = leadership;
  const { chosenThrough } = state;
  // What has left memory is chosen: the peer will ask for it.
  if (progress.next <= state.evictedThrough) progress.next = state.evictedThrough + 1;
  while (progress.next < leadership.nextSlot && hasRoom(progress)) {
    const slot = progress.next;
    const value = state.log.get(slot)?.value;
    if (value === undefined) return;
    if (progress.inFlight.length === 0) progress.progressAtMs = state.nowMs;
    progress.inFlight.push({ slot, bytes: value.length });
    progress.inFlightBytes += value.length;
    progress.next += 1;
    progress.toldChosenThrough = chosenThrough;
    send(effects, to, { type: 'accept', ballot, slot, value, chosenThrough });
  }
}

function hasRoom({ inFlight, inFlightBytes }: Progress): boolean {
  return inFlight.length < paxosLimits.inFlightSlots && inFlightBytes < paxosLimits.inFlightBytes;
}

/** The peer holds everything up to `through`. */
export function noteMatch(state: PaxosState, leadership: Leadership, progress: Progress, through: Slot): void {
  const match = Math.min(through, leadership.nextSlot - 1);
  if (match <= progress.match) return;
  progress.match = match;
  progress.progressAtMs = state.nowMs;
  progress.resendDelayMs = state.options.timing.retryMs;
  if (progress.next <= match) progress.next = match + 1;
  const acknowledged = progress.inFlight.filter(({ slot }) => slot <= match);
  for (const { bytes } of acknowledged) progress.inFlightBytes -= bytes;
  progress.inFlight.splice(0, acknowledged.length);
}

/** What was sent long ago without effect is sent again; less and less often, because the peer may only be slow. */
export function resendIfStuck(state: PaxosState, leadership: Leadership, progress: Progress): void {
  // It lacks slots from before this ballot, which only learning can give it.
  if (progress.match + 1 < leadership.firstSlot) return;
  if (progress.inFlight.length === 0 || state.nowMs < progress.progressAtMs + progress.resendDelayMs) return;
  progress.resendDelayMs = Math.min(progress.resendDelayMs * 2, state.options.timing.retryMsHigh);
  rewind(state, progress);
}

export function rewind(state: PaxosState, progress: Progress): void {
  const first = progress.inFlight[0];
  if (first === undefined) return;
  progress.next = Math.max(first.slot, progress.match + 1);
  progress.inFlight = [];
  progress.inFlightBytes = 0;
  progress.progressAtMs = state.nowMs;
}
