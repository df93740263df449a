import { assert } from '../wire/assert.ts';
import { compareBallots, sameBallot } from '../wire/ballot.ts';
import { hasHeardOthers } from './cluster.ts';
import { chosenAfterBirth, noteChosenConfigurations, noteConfiguration, noteGenesis } from './configuration.ts';
import type { PaxosEffect } from './effects.ts';
import { byNodeId } from './formation.ts';
import type { AcceptedSlot, JournalRecord, JournalSummary, SeenSequence, Slot } from './record.ts';
import type { LogEntry, PaxosState } from './state.ts';

/** Rebuilds what the journal holds, one record after the other, before `boot`. */
export function restoreRecord(state: PaxosState, record: JournalRecord): void {
  assert(!state.booted, 'records are restored before boot');
  assert(state.sequence === 0 || record.sequence === state.sequence + 1, 'the journal has no hole');
  // An anchor may be ahead of the records after it: it says what counts of those that were given up.
  const isAnchor = state.sequence === 0 && record.accepted.length === 0;
  if (!isAnchor) {
    assert(compareBallots(record.promised, state.restoredPromise) >= 0, 'a promise is never taken back');
    state.restoredPromise = record.promised;
  }
  standTrimmed(state, record.trimmedThrough);
  if (record.chosenThrough > state.restoredChosenThrough) state.restoredChosenThrough = record.chosenThrough;
  state.sequence = record.sequence;
  if (holdsVote(state, record)) state.durableVoteSequence = record.sequence;
  if (compareBallots(record.promised, state.promised) > 0) state.promised = record.promised;
  for (const accepted of record.accepted) restoreSlot(state, accepted, record.sequence);
  const chosenBefore = state.chosenThrough;
  if (record.chosenThrough > chosenBefore) state.chosenThrough = record.chosenThrough;
  for (const seen of record.seen) noteSeen(state, seen);
  state.dirtySeen.clear();
  if (record.genesis !== undefined) noteGenesis(state, record.genesis);
  if (record.configuration !== undefined) noteConfiguration(state, record.configuration);
  noteChosenConfigurations(state, chosenBefore + 1, state.chosenThrough);
  if (record.formed) state.formed = true;
  state.durableSequence = state.sequence;
  state.durablePromised = state.promised;
  state.durableChosenThrough = state.chosenThrough;
  state.durableGenesis = state.genesis !== undefined;
  state.durableFormed = state.formed;
}

/** Values up to `slot` were never written here, or may be others than the chosen ones, or are gone. */
export function standTrimmed(state: PaxosState, slot: Slot): void {
  if (slot <= state.trimmedThrough) return;
  state.trimmedThrough = slot;
  if (state.evictedThrough < slot) state.evictedThrough = slot;
  for (const covered of state.log.keys()) if (covered <= slot) state.log.delete(covered);
}

function restoreSlot(state: PaxosState, { slot, ballot, value, chosen }: AcceptedSlot, sequence: number): void {
  if (slot <= state.chosenThrough) return;
  const entry = state.log.get(slot);
  if (entry !== undefined && supersedes(entry, { ballot, chosen })) return;
  state.log.set(slot, { ballot, value, chosen, sequence });
}

function supersedes(entry: LogEntry, { ballot, chosen }: Pick<AcceptedSlot, 'ballot' | 'chosen'>): boolean {
  if (entry.chosen !== chosen) return entry.chosen;
  return compareBallots(entry.ballot, ballot) > 0;
}

/** For the anchor of a journal that is trimmed through the slot, which a checkpoint on this disk covers. */
export function summarize(state: PaxosState, throughSlot: Slot): JournalSummary {
  assert(throughSlot <= state.appliedThrough, 'a journal is trimmed below what a checkpoint holds');
  const standsFor = Math.max(throughSlot, state.trimmedThrough);
  return {
    promised: state.durablePromised,
    chosenThrough: standsFor,
    trimmedThrough: standsFor,
    seen: [...state.seen.values()].sort(byNodeId),
    genesis: state.genesis,
    formed: state.durableFormed,
    // It may have been told of by others: what said so is trimmed too.
    configuration: chosenAfterBirth(state),
  };
}

/** Remembers the highest journal sequence that a member has claimed: a lower one later shows a rollback. */
export function noteSeen(state: PaxosState, claim: SeenSequence): void {
  const known = state.seen.get(claim.nodeId);
  if (claim.sequence <= (known?.incarnation === claim.incarnation ? known.sequence : 0)) return;
  state.seen.set(claim.nodeId, claim);
  state.dirtySeen.add(claim.nodeId);
}

/** Cuts one record with everything that is to be durable, unless one is under way or nothing is. */
export function cutRecord(state: PaxosState, effects: PaxosEffect[]): boolean {
  if (state.pending !== undefined || !isRecordDue(state)) return false;
  state.sequence += 1;
  const { sequence, promised, chosenThrough, trimmedThrough, genesis, formed } = state;
  const accepted: AcceptedSlot[] = [];
  for (const slot of [...state.dirtySlots].sort((a, b) => a - b)) {
    const entry = state.log.get(slot);
    assert(entry !== undefined, 'what is to be journaled is in memory');
    entry.sequence = sequence;
    accepted.push({ slot, ballot: entry.ballot, value: entry.value, chosen: entry.chosen });
  }
  const seen: SeenSequence[] = [];
  for (const nodeId of [...state.dirtySeen].sort()) {
    const claim = state.seen.get(nodeId);
    if (claim !== undefined) seen.push(claim);
  }
  const record: JournalRecord = {
    sequence,
    promised,
    chosenThrough,
    trimmedThrough,
    accepted,
    seen,
    genesis: state.durableGenesis ? undefined : genesis,
    formed,
    configuration: state.undurableConfiguration,
  };
  state.undurableConfiguration = undefined;
  state.dirtySlots.clear();
  state.dirtyBytes = 0;
  state.dirtySeen.clear();
  state.recordWanted = false;
  state.lastRecordAtMs = state.nowMs;
  const hasGenesis = genesis !== undefined;
  const voteSequence = holdsVote(state, record) ? sequence : state.durableVoteSequence;
  state.pending = { sequence, promised, chosenThrough, hasGenesis, formed, voteSequence, sinceMs: state.nowMs };
  effects.push({ type: 'persist', record });
  return true;
}

/** Whether it adds a promise, or a value accepted by vote, to what is durable. */
function holdsVote(state: PaxosState, { promised, accepted }: JournalRecord): boolean {
  return !sameBallot(promised, state.durablePromised) || accepted.some(({ chosen }) => !chosen);
}

function isRecordDue(state: PaxosState): boolean {
  if (state.recordWanted || state.dirtySlots.size > 0) return true;
  if (!sameBallot(state.promised, state.durablePromised)) return true;
  if (state.durableGenesis !== (state.genesis !== undefined)) return true;
  // By its last sequence the others tell a journal that was rolled back: nothing may be added before they have judged it.
  if (!hasHeardOthers(state)) return false;
  if (state.durableFormed !== state.formed) return true;
  // Hints: losing them costs time after a restart, not safety.
  const hints = state.chosenThrough > state.durableChosenThrough || state.dirtySeen.size > 0;
  return hints && state.nowMs >= state.lastRecordAtMs + state.options.timing.hintMs;
}

/** The record is on the disk: what it says may be said. */
export function recordPersisted(state: PaxosState, sequence: number): void {
  const { pending } = state;
  assert(pending?.sequence === sequence, 'the record under way is the one that was persisted');
  state.pending = undefined;
  state.durableSequence = sequence;
  state.durableVoteSequence = pending.voteSequence;
  state.durablePromised = pending.promised;
  // Meanwhile a checkpoint may have come, which is ahead of it.
  state.durableChosenThrough = Math.max(state.durableChosenThrough, pending.chosenThrough);
  state.durableGenesis = pending.hasGenesis;
  state.durableFormed = pending.formed;
}
