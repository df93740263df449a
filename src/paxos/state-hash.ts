import type { NodeId } from '../wire/identifiers.ts';
import { halt, quorum } from './cluster.ts';
import type { PaxosEffect } from './effects.ts';
import type { Dispute } from './messages.ts';
import type { Slot } from './record.ts';
import type { Leadership, PaxosState } from './state.ts';
import { paxosLimits } from './timing.ts';

/** This node's own state after `slot`. */
export function reportHash(state: PaxosState, slot: Slot, hash: string, effects: PaxosEffect[]): void {
  remember(state.ownHashes, slot, hash);
  const agreed = state.agreedHashes.get(slot);
  if (agreed !== undefined) compare(state, slot, agreed, effects);
  if (state.leadership !== undefined) voteHash(state, state.leadership, state.options.nodeId, slot, hash, effects);
}

export function newestHash(hashes: ReadonlyMap<Slot, string>): { readonly hashSlot: Slot; readonly hash: string } {
  const hashSlot = Math.max(0, ...hashes.keys());
  return { hashSlot, hash: hashes.get(hashSlot) ?? '' };
}

/** A quorum agrees on the state after `slot`. */
export function noteAgreedHash(state: PaxosState, slot: Slot, hash: string, effects: PaxosEffect[]): void {
  remember(state.agreedHashes, slot, hash);
  compare(state, slot, hash, effects);
}

/** A leader counts what each member says; it tells the others a hash only once a quorum agrees on it. */
export function voteHash(
  state: PaxosState,
  leadership: Leadership,
  from: NodeId,
  slot: Slot,
  hash: string,
  effects: PaxosEffect[],
): void {
  if (state.agreedHashes.get(slot) === hash) return;
  let votes = leadership.hashVotes.get(slot);
  if (votes === undefined) {
    votes = new Map();
    remember(leadership.hashVotes, slot, votes);
    const own = state.ownHashes.get(slot);
    if (own !== undefined) votes.set(state.options.nodeId, own);
  }
  votes.set(from, hash);
  const agreeing = [...votes.values()].filter((vote) => vote === hash).length;
  if (agreeing >= quorum(state)) noteAgreedHash(state, slot, hash, effects);
}

/** The newest states of which the leader knows that they differ, and that no majority will agree on one. */
export function disputeOf(state: PaxosState, leadership: Leadership): Dispute | undefined {
  let newest: Dispute | undefined;
  const { hashSlot: agreedSlot } = newestHash(state.agreedHashes);
  for (const [slot, votes] of leadership.hashVotes) {
    if (slot <= Math.max(agreedSlot, newest?.slot ?? 0) || !isDisputed(state, leadership, votes)) continue;
    newest = { slot, votes: [...votes].sort().map(([nodeId, hash]) => ({ nodeId, hash })) };
  }
  return newest;
}

/** Those that have not said anything yet, and are heard, might make a majority; those that are silent are not waited for. */
function isDisputed(state: PaxosState, { progress }: Leadership, votes: ReadonlyMap<NodeId, string>): boolean {
  const heardSinceMs = state.nowMs - state.options.timing.silenceMsHigh;
  let undecided = votes.has(state.options.nodeId) ? 0 : 1;
  for (const [nodeId, { votes: isVoter, heardAtMs }] of progress) {
    if (isVoter && heardAtMs >= heardSinceMs && !votes.has(nodeId)) undecided += 1;
  }
  const counts = new Map<string, number>();
  for (const hash of votes.values()) counts.set(hash, (counts.get(hash) ?? 0) + 1);
  return counts.size > 1 && Math.max(...counts.values()) + undecided < quorum(state);
}

/** Once for each slot, by the leader's own count or on its word. Nobody can know who is right, so nobody stops. */
export function raiseAlarm(state: PaxosState, { slot, votes }: Dispute, effects: PaxosEffect[]): void {
  if (slot <= state.disputedThrough || state.agreedHashes.has(slot)) return;
  state.disputedThrough = slot;
  const said = votes.map(({ nodeId, hash }) => `${nodeId} ${hash}`).join(', ');
  const text = `the states after slot ${slot} differ and no majority agrees: ${said}`;
  effects.push({ type: 'notice', code: 'state-diverged', text });
}

function compare(state: PaxosState, slot: Slot, agreed: string, effects: PaxosEffect[]): void {
  const own = state.ownHashes.get(slot);
  if (own === undefined || own === agreed || state.halted) return;
  const reason =
    `the state of this node after slot ${slot} has the hash ${own}, but a majority agrees on ${agreed}: ` +
    'keep the data directory for inspection, and do not let this node serve from it again';
  halt(state, effects, 'STATE_DIVERGED', reason);
}

/** Keeps the newest few. */
function remember<Value>(values: Map<Slot, Value>, slot: Slot, value: Value): void {
  values.set(slot, value);
  for (const old of [...values.keys()].sort((a, b) => a - b).slice(0, -paxosLimits.hashes)) values.delete(old);
}
