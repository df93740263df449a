import { assert } from '../wire/assert.ts';
import { type Ballot, compareBallots, sameBallot } from '../wire/ballot.ts';
import { equalBytes } from '../wire/bytes.ts';
import { noteChosenConfigurations } from './configuration.ts';
import type { AcceptedSlot, Slot } from './record.ts';
import type { LogEntry, PaxosState } from './state.ts';
import { paxosLimits } from './timing.ts';

/** An empty batch: fills a slot without effect. */
export const noOp: Uint8Array = new Uint8Array(0);

/** Accepts by vote, in a ballot that was promised; durable with the next record. */
export function acceptValue(state: PaxosState, slot: Slot, ballot: Ballot, value: Uint8Array): void {
  assert(sameBallot(ballot, state.promised), 'a value is accepted only in the promised ballot');
  const entry = state.log.get(slot);
  if (entry !== undefined && sameBallot(entry.ballot, ballot)) {
    assert(equalBytes(entry.value, value), 'one ballot proposes one value for a slot');
    return;
  }
  // A value that is known to be chosen counts as accepted and is never replaced, not even by an older leader's proposal.
  if (slot <= state.chosenThrough) {
    if (slot > state.durableChosenThrough) state.recordWanted = true;
    return;
  }
  assert(entry === undefined || compareBallots(entry.ballot, ballot) < 0, 'a slot is accepted in rising ballots');
  setDirty(state, slot, { ballot, value, chosen: false, sequence: 0 });
}

function setDirty(state: PaxosState, slot: Slot, entry: LogEntry): void {
  if (state.dirtySlots.has(slot)) state.dirtyBytes -= state.log.get(slot)?.value.length ?? 0;
  state.log.set(slot, entry);
  state.dirtySlots.add(slot);
  state.dirtyBytes += entry.value.length;
}

/** Takes a value that someone knows to be chosen, if it is the next one; false if it is not. */
export function learnValue(state: PaxosState, { slot, ballot, value }: AcceptedSlot): boolean {
  const entry = state.log.get(slot);
  if (slot <= state.chosenThrough) {
    assert(entry === undefined || equalBytes(entry.value, value), 'a chosen value never changes');
    return true;
  }
  if (slot !== state.chosenThrough + 1) return false;
  if (entry === undefined || !equalBytes(entry.value, value)) {
    setDirty(state, slot, { ballot, value, chosen: true, sequence: 0 });
  }
  // The value accepted here is the chosen one: the record only has to say that it is.
  state.recordWanted = true;
  raiseChosen(state, slot);
  return true;
}

/**
 * The leader of `ballot` says that everything up to `through` is chosen. That tells the value only of slots accepted in
 * that very ballot: another value may have been accepted here in an earlier one.
 */
export function learnChosenThrough(state: PaxosState, ballot: Ballot, through: Slot): void {
  let slot = state.chosenThrough;
  while (slot < through) {
    const entry = state.log.get(slot + 1);
    if (entry === undefined || !sameBallot(entry.ballot, ballot)) break;
    slot += 1;
  }
  if (slot > state.chosenThrough) raiseChosen(state, slot);
}

export function raiseChosen(state: PaxosState, through: Slot): void {
  assert(through > state.chosenThrough, 'the chosen prefix grows');
  for (let slot = state.chosenThrough + 1; slot <= through; slot++) {
    assert(state.log.has(slot), 'a chosen slot has a value');
  }
  const before = state.chosenThrough;
  state.chosenThrough = through;
  noteChosenConfigurations(state, before + 1, through);
  const { catchUp } = state;
  // What was gone elsewhere has come after all.
  catchUp.needsCheckpoint = false;
  catchUp.stuckSinceMs = state.nowMs;
  if (catchUp.target < through) catchUp.target = through;
}

/**
 * Every slot up to the result is on this disk, accepted in `ballot` or known to be chosen. The statement to the leader
 * rests on durable records alone.
 */
export function durableThrough(state: PaxosState, ballot: Ballot): Slot {
  const { acknowledged, log, durableSequence } = state;
  let through = state.durableChosenThrough;
  if (sameBallot(acknowledged.ballot, ballot) && acknowledged.through > through) through = acknowledged.through;
  for (;;) {
    const entry = log.get(through + 1);
    if (entry === undefined || !isDurable(entry, durableSequence)) return through;
    if (!sameBallot(entry.ballot, ballot) && !entry.chosen) return through;
    through += 1;
  }
}

function isDurable(entry: LogEntry, durableSequence: number): boolean {
  return entry.sequence !== 0 && entry.sequence <= durableSequence;
}

export function chosenValue(state: PaxosState, slot: Slot): Uint8Array {
  assert(
    slot > state.evictedThrough && slot <= state.chosenThrough,
    'a chosen value is asked for while it is in memory',
  );
  const entry = state.log.get(slot);
  assert(entry !== undefined, 'a chosen slot has a value');
  return entry.value;
}

/** Applied values stay for peers that catch up, until there are too many; what leaves memory is on the disk. */
export function markApplied(state: PaxosState, slot: Slot): void {
  assert(slot > state.appliedThrough && slot <= state.chosenThrough, 'slots are applied in order, once chosen');
  for (let applied = state.appliedThrough + 1; applied <= slot; applied++) {
    state.retainedBytes += state.log.get(applied)?.value.length ?? 0;
  }
  state.appliedThrough = slot;
  while (
    state.retainedBytes > paxosLimits.retainedBytes ||
    state.appliedThrough - state.evictedThrough > paxosLimits.retainedSlots
  ) {
    const oldest = state.log.get(state.evictedThrough + 1);
    // It may still be on its way to the disk: other quorums' disks suffice for it to be chosen.
    if (oldest === undefined || !isDurable(oldest, state.durableSequence)) return;
    state.evictedThrough += 1;
    state.retainedBytes -= oldest.value.length;
    state.log.delete(state.evictedThrough);
  }
}

/** Accepted values above `through`, ascending. */
export function acceptedAbove(state: PaxosState, through: Slot): AcceptedSlot[] {
  const accepted: AcceptedSlot[] = [];
  for (const [slot, { ballot, value, chosen }] of state.log) {
    if (slot > through) accepted.push({ slot, ballot, value, chosen });
  }
  return accepted.sort((a, b) => a.slot - b.slot);
}

/** Chosen values from `fromSlot` on that are in memory, bounded for one message; at least one if there is one. */
export function chosenInMemory(state: PaxosState, fromSlot: Slot, toSlot: Slot): AcceptedSlot[] {
  const slots: AcceptedSlot[] = [];
  let bytes = 0;
  const last = Math.min(toSlot, state.chosenThrough, fromSlot + paxosLimits.fetchSlots - 1);
  for (let slot = fromSlot; slot <= last; slot++) {
    const entry = state.log.get(slot);
    if (entry === undefined) break;
    bytes += entry.value.length;
    if (slots.length > 0 && bytes > paxosLimits.messageBytes) break;
    slots.push({ slot, ballot: entry.ballot, value: entry.value, chosen: true });
  }
  return slots;
}
