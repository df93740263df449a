import { assert } from '../wire/assert.ts';
import { compareBallots, sameBallot } from '../wire/ballot.ts';
import { configurationIn } from '../wire/batch-codec.ts';
import { equalBytes } from '../wire/bytes.ts';
import type { NodeId } from '../wire/identifiers.ts';
import { learnAtOnce } from './catch-up.ts';
import { quorum, send } from './cluster.ts';
import { votersOf } from './configuration.ts';
import type { PaxosEffect } from './effects.ts';
import { acceptedAbove, noOp } from './log.ts';
import type { PromiseMessage } from './messages.ts';
import type { AcceptedSlot } from './record.ts';
import type { Candidacy, GatheredPromise, PaxosState } from './state.ts';

/** Phase 1a, for all slots from the first one that is not known to be chosen. */
export function sendPrepare(candidacy: Candidacy, to: NodeId, effects: PaxosEffect[]): void {
  if (isWhole(candidacy.promises.get(to))) return;
  const { ballot, fromSlot, transferOf } = candidacy;
  send(effects, to, { type: 'prepare', ballot, fromSlot, transferOf });
}

export function onPromise(state: PaxosState, from: NodeId, message: PromiseMessage, effects: PaxosEffect[]): void {
  const { candidacy } = state;
  if (candidacy?.phase !== 'preparing' || !sameBallot(candidacy.ballot, message.ballot)) return;
  gather(candidacy, from, message);
  learnIfPromised(state, candidacy, effects);
}

/** Whether a quorum of those that rule the next slot has promised, this candidate included. A lone voter has it with its own promise. */
export function hasPromises(state: PaxosState, { promises }: Candidacy): boolean {
  const { nodeId: self } = state.options;
  const promised = votersOf(state.members).filter(({ nodeId }) => nodeId === self || isWhole(promises.get(nodeId)));
  return promised.length >= quorum(state);
}

export function learnIfPromised(state: PaxosState, candidacy: Candidacy, effects: PaxosEffect[]): void {
  if (!hasPromises(state, candidacy)) return;
  for (const [peer, promise] of candidacy.promises) if (!isWhole(promise)) candidacy.promises.delete(peer);
  const known = [...candidacy.promises.values()].map(({ chosenThrough }) => chosenThrough);
  candidacy.learnThrough = Math.max(state.chosenThrough, ...known);
  candidacy.phase = 'learning';
  candidacy.giveUpAtMs = state.nowMs + state.options.timing.silenceMsHigh;
  state.catchUp.failures = 0;
  if (state.chosenThrough < candidacy.learnThrough) learnAtOnce(state, candidacy.learnThrough, effects);
}

function gather(
  candidacy: Candidacy,
  from: NodeId,
  { sequence, chosenThrough, accepted, part, last }: PromiseMessage,
): void {
  let gathered = candidacy.promises.get(from);
  if (gathered !== undefined && gathered.sequence > sequence) return;
  if (gathered === undefined || gathered.sequence < sequence) {
    // The acceptor has made its statement anew: parts of both must not be mixed.
    gathered = { sequence, chosenThrough, parts: new Map(), partCount: 0 };
    candidacy.promises.set(from, gathered);
  }
  gathered.parts.set(part, accepted);
  if (last) gathered.partCount = part + 1;
}

function isWhole(gathered: GatheredPromise | undefined): gathered is GatheredPromise {
  return gathered !== undefined && gathered.partCount > 0 && gathered.parts.size === gathered.partCount;
}

/** Everything that the quorum knows to be chosen is here. */
export function hasLearned(state: PaxosState): boolean {
  const { candidacy } = state;
  return candidacy?.phase === 'learning' && state.chosenThrough >= candidacy.learnThrough;
}

/**
 * The values to propose again, from the first slot that is not known to be chosen, without a hole: for every slot the one
 * accepted with the highest ballot, else a no-op ("Paxos Made Simple", section 3; every slot, not only the first).
 */
export function valuesToAdopt(state: PaxosState, candidacy: Candidacy): Uint8Array[] {
  const best = new Map<number, AcceptedSlot>();
  let last = state.chosenThrough;
  const consider = (reported: AcceptedSlot): void => {
    const { slot } = reported;
    if (slot <= state.chosenThrough) return;
    if (slot > last) last = slot;
    const other = best.get(slot);
    if (other === undefined || outranks(reported, other)) best.set(slot, reported);
  };
  for (const own of acceptedAbove(state, state.chosenThrough)) consider(own);
  for (const { parts } of candidacy.promises.values()) {
    for (const part of parts.values()) for (const reported of part) consider(reported);
  }
  const values: Uint8Array[] = [];
  for (let slot = state.chosenThrough + 1; slot <= last; slot++) {
    const value = best.get(slot)?.value ?? noOp;
    values.push(value);
    // What comes after a change is for others to decide.
    if (configurationIn(value) !== undefined) break;
  }
  return values;
}

function outranks(a: AcceptedSlot, b: AcceptedSlot): boolean {
  if (a.chosen !== b.chosen) return a.chosen;
  const order = compareBallots(a.ballot, b.ballot);
  assert(order !== 0 || a.chosen || equalBytes(a.value, b.value), 'one ballot proposes one value for a slot');
  return order > 0;
}
