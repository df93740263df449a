import type { PaxosMessage } from '../../paxos/messages.ts';
import type { AcceptedSlot, JournalRecord, Slot } from '../../paxos/record.ts';
import { type Ballot, compareBallots, formatBallot, sameBallot, zeroBallot } from '../../wire/ballot.ts';
import { broken } from './broken-invariant.ts';
import { nodeIdOf, valueText } from './members.ts';

/** What an observer notes of a turn, in order. */
export type LedgerEvent =
  | { readonly type: 'durable'; readonly record: JournalRecord }
  | { readonly type: 'said'; readonly message: PaxosMessage }
  | { readonly type: 'restarted'; readonly promised: Ballot }
  /** The values of slots 1, 2, … that the node holds for chosen, and has applied. */
  | { readonly type: 'knows'; readonly values: readonly Uint8Array[] };

export interface BallotValue {
  readonly slot: Slot;
  readonly ballot: Ballot;
  readonly value: string;
  /** In which life of the node. */
  readonly life: number;
}

/**
 * What one node has ever written and said, over all its lives: kept beside it by the observer, so that a node which forgets is found
 * out. Never changed once made.
 */
export interface Ledger {
  readonly node: number;
  /** How often it has booted. */
  readonly lives: number;
  readonly promised: Ballot;
  /** By `slot/ballot`: every acceptance that was ever durable. */
  readonly votes: ReadonlyMap<string, BallotValue>;
  /** By `slot/ballot`: every value that it proposed. */
  readonly proposals: ReadonlyMap<string, BallotValue>;
  /** By slot: what the disk holds now. */
  readonly held: ReadonlyMap<Slot, string>;
  /**
   * By slot: what it has applied, journaled or told others as chosen in its last turn. What is chosen remains so: it is compared once, and
   * then forgotten.
   */
  readonly claims: ReadonlyMap<Slot, string>;
}

export function withoutClaims(ledger: Ledger): Ledger {
  return { ...ledger, claims: new Map() };
}

export function emptyLedger(node: number): Ledger {
  return {
    node,
    lives: 0,
    promised: zeroBallot,
    votes: new Map(),
    proposals: new Map(),
    held: new Map(),
    claims: new Map(),
  };
}

/** A copy that is being written. */
class Draft {
  readonly node: number;
  lives: number;
  promised: Ballot;
  readonly votes: Map<string, BallotValue>;
  readonly proposals: Map<string, BallotValue>;
  readonly held: Map<Slot, string>;
  readonly claims: Map<Slot, string>;

  constructor({ node, lives, promised, votes, proposals, held, claims }: Ledger) {
    this.node = node;
    this.lives = lives;
    this.promised = promised;
    this.votes = new Map(votes);
    this.proposals = new Map(proposals);
    this.held = new Map(held);
    this.claims = new Map(claims);
  }

  get name(): string {
    return nodeIdOf(this.node);
  }
}

/** @throws BrokenInvariant if one node alone breaks a promise; `ClusterInvariants` compares the ledgers of all */
export function note(ledger: Ledger, events: readonly LedgerEvent[]): Ledger {
  const draft = new Draft(ledger);
  for (const event of events) {
    if (event.type === 'durable') noteDurable(draft, event.record);
    else if (event.type === 'said') noteSaid(draft, event.message);
    else if (event.type === 'restarted') noteRestarted(draft, event.promised);
    else for (const [index, value] of event.values.entries()) claim(draft, index + 1, valueText(value));
  }
  return draft;
}

/** 1. Promises never fall. 2. What is accepted is neither below the last promise nor above the new one. */
function noteDurable(draft: Draft, record: JournalRecord): void {
  const { name } = draft;
  if (compareBallots(record.promised, draft.promised) < 0) {
    broken('promises rise', `${name} writes ${formatBallot(record.promised)} after ${formatBallot(draft.promised)}`);
  }
  for (const entry of record.accepted) {
    const { slot, ballot, chosen } = entry;
    if (chosen) {
      claim(draft, slot, valueText(entry.value));
    } else {
      if (compareBallots(ballot, draft.promised) < 0 || compareBallots(ballot, record.promised) > 0) {
        broken('accepted as promised', `${name} accepts slot ${slot} in ${formatBallot(ballot)}`);
      }
      noteValue(draft.votes, draft.lives, entry, `${name} accepts`);
    }
    draft.held.set(slot, valueText(entry.value));
  }
  draft.promised = record.promised;
}

/** 1. over restarts: what was durable is known again. */
function noteRestarted(draft: Draft, restored: Ballot): void {
  const { name, promised } = draft;
  draft.lives += 1;
  if (compareBallots(restored, promised) >= 0) return;
  broken(
    'promises outlive a restart',
    `${name} has promised ${formatBallot(promised)} and knows ${formatBallot(restored)}`,
  );
}

/** 3. Persist before speak. */
function noteSaid(draft: Draft, message: PaxosMessage): void {
  switch (message.type) {
    case 'promise':
    case 'prepare':
      checkPromised(draft, message.type, message.ballot);
      return;
    case 'accept':
      checkPromised(draft, message.type, message.ballot);
      if (message.ballot.nodeId !== draft.name) {
        broken('a ballot has one owner', `${draft.name} proposes in ${formatBallot(message.ballot)}`);
      }
      noteValue(draft.proposals, draft.lives, message, `${draft.name} proposes`);
      return;
    case 'accepted':
      checkPromised(draft, message.type, message.ballot);
      checkHeld(draft, message.type, message.ballot, message.through);
      return;
    case 'heartbeatAnswer':
      checkPromised(draft, message.type, message.ballot);
      checkHeld(draft, message.type, message.ballot, message.acceptedThrough);
      return;
    case 'learn':
      for (const { slot, value } of message.slots) claim(draft, slot, valueText(value));
      return;
    default:
  }
}

function checkPromised({ name, promised }: Draft, what: string, ballot: Ballot): void {
  if (compareBallots(promised, ballot) >= 0) return;
  broken('persist before speak', `${name} sends ${what} in ${formatBallot(ballot)}, which is not durable`);
}

/** What is held in another ballot is held to be chosen. */
function checkHeld(draft: Draft, what: string, ballot: Ballot, through: Slot): void {
  const { name, promised, votes, held } = draft;
  if (!sameBallot(promised, ballot)) {
    broken('persist before speak', `${name} sends ${what} in ${formatBallot(ballot)} with a promise for another`);
  }
  for (let slot = 1; slot <= through; slot++) {
    if (votes.has(keyOf(slot, ballot))) continue;
    const value = held.get(slot);
    if (value === undefined) {
      broken('persist before speak', `${name} sends ${what} through ${through} and does not hold slot ${slot}`);
    }
    claim(draft, slot, value);
  }
}

/** 4. One value per ballot and slot. */
function noteValue(
  values: Map<string, BallotValue>,
  life: number,
  entry: Pick<AcceptedSlot, 'slot' | 'ballot' | 'value'>,
  who: string,
): void {
  const { slot, ballot } = entry;
  const value = valueText(entry.value);
  const key = keyOf(slot, ballot);
  const before = values.get(key);
  if (before === undefined) {
    values.set(key, { slot, ballot, value, life });
  } else if (before.value !== value) {
    broken(
      'one value per ballot and slot',
      `${who} ${before.value} and ${value} in slot ${slot}, ${formatBallot(ballot)}`,
    );
  }
}

/** 6. on one node. */
function claim({ name, claims }: Draft, slot: Slot, value: string): void {
  const before = claims.get(slot);
  if (before === undefined) claims.set(slot, value);
  else if (before !== value)
    broken('agreement', `${name} holds both ${before} and ${value} for chosen in slot ${slot}`);
}

function keyOf(slot: Slot, ballot: Ballot): string {
  return `${slot}/${formatBallot(ballot)}`;
}
