import { assert } from '../wire/assert.ts';
import { dismissDeparted, noteConfiguration } from './configuration.ts';
import { learnChosenThrough } from './log.ts';
import type { Configuration, Slot } from './record.ts';
import type { PaxosState } from './state.ts';

/** The state after `slot` is on this disk, and is there before the journal is read: what came before it is chosen and applied. */
export function restoreCheckpoint(state: PaxosState, slot: Slot, configuration: Configuration | undefined): void {
  assert(!state.booted && state.sequence === 0, 'a checkpoint is restored before the records of the journal');
  standFor(state, slot, configuration);
}

/**
 * The state after `slot`, which came from another node, is on this disk and applied. What was promised and accepted above it stays as it
 * is; neither the chosen nor the applied prefix goes back.
 */
export function installCheckpoint(state: PaxosState, slot: Slot, configuration: Configuration | undefined): void {
  assert(state.leadership === undefined, 'a leader has no need of a checkpoint');
  assert(slot > state.appliedThrough, 'what is applied does not go back');
  standFor(state, slot, configuration);
  // Values that were accepted here for these slots may be others than the chosen ones: nobody may be given them, nor may a restart.
  state.trimmedThrough = slot;
  const { catchUp } = state;
  catchUp.needsCheckpoint = false;
  catchUp.askedFrom = 0;
  catchUp.failures = 0;
  catchUp.refusals = 0;
  catchUp.stuckSinceMs = state.nowMs;
  learnChosenThrough(state, state.leaderBallot, state.announcedThrough);
}

function standFor(state: PaxosState, slot: Slot, configuration: Configuration | undefined): void {
  for (const [covered, { value }] of state.log) {
    if (covered > slot) continue;
    state.log.delete(covered);
    if (state.dirtySlots.delete(covered)) state.dirtyBytes -= value.length;
  }
  state.retainedBytes = 0;
  state.appliedThrough = slot;
  if (state.evictedThrough < slot) state.evictedThrough = slot;
  if (configuration !== undefined) noteConfiguration(state, configuration);
  if (state.chosenThrough < slot) state.chosenThrough = slot;
  if (state.durableChosenThrough < slot) state.durableChosenThrough = slot;
  dismissDeparted(state);
}

/** The journal begins above `slot`: what came before is in checkpoints on this disk. */
export function noteTrimmed(state: PaxosState, slot: Slot): void {
  assert(slot <= state.appliedThrough, 'a journal is trimmed below what a checkpoint holds');
  if (slot > state.trimmedThrough) state.trimmedThrough = slot;
}

/** The state that the trimmed journal goes on from is not here: nothing can be applied until another node has sent it. */
export function lacksState(state: PaxosState): boolean {
  return state.appliedThrough < state.trimmedThrough;
}
