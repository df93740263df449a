import type { NodeId } from '../wire/identifiers.ts';
import { halt, quorum } from './cluster.ts';
import type { PaxosEffect } from './effects.ts';
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
    for (const old of leadership.hashAlarms) if (!leadership.hashVotes.has(old)) leadership.hashAlarms.delete(old);
  }
  votes.set(from, hash);
  const agreeing = [...votes.values()].filter((vote) => vote === hash).length;
  if (agreeing >= quorum(state)) {
    noteAgreedHash(state, slot, hash, effects);
  } else if (!state.agreedHashes.has(slot) && agreeing < votes.size && !leadership.hashAlarms.has(slot)) {
    leadership.hashAlarms.add(slot);
    const said = [...votes].map(([nodeId, vote]) => `${nodeId} ${vote}`).sort();
    const text = `the states after slot ${slot} differ and no majority agrees: ${said.join(', ')}`;
    effects.push({ type: 'notice', code: 'state-diverged', text });
  }
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
