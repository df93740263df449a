import type { AcceptedSlot, Slot } from '../../../paxos/record.ts';
import { equalBytes } from '../../../wire/bytes.ts';
import type { Regimes } from './regimes.ts';
import { violated } from './violation.ts';

/** More members than any cluster of ours has. */
export const ballotsPerRound = 16;

/** A ballot as one number, in the order of ballots. */
export type BallotNumber = number;

interface Vote {
  readonly ballot: BallotNumber;
  readonly value: Uint8Array;
  /** By the indexes of the nodes, as bits. */
  voters: number;
  decided: boolean;
}

interface Proposal {
  readonly ballot: BallotNumber;
  readonly value: Uint8Array;
}

/**
 * What is chosen, as only someone who sees all disks can know it: a value is chosen when a quorum has durably accepted it in one
 * ballot, whether or not anybody has noticed.
 */
export class ChosenLog {
  readonly #regimes: Regimes;
  readonly #votes = new Map<Slot, Vote[]>();
  readonly #proposals = new Map<Slot, Proposal[]>();
  readonly #chosen = new Map<Slot, Uint8Array>();
  #through = 0;
  #highestProposed = 0;
  #highestChosen = 0;
  #newestBallot: BallotNumber = 0;

  constructor(regimes: Regimes) {
    this.#regimes = regimes;
  }

  /** Every slot up to it is chosen. */
  get through(): Slot {
    return this.#through;
  }

  /** The highest slot for which anybody has proposed a value. */
  get highestProposed(): Slot {
    return this.#highestProposed;
  }

  /** In which the newest value was chosen. */
  get newestBallot(): BallotNumber {
    return this.#newestBallot;
  }

  value(slot: Slot): Uint8Array | undefined {
    return this.#chosen.get(slot);
  }

  /** An acceptance became durable on a node. True if slots were chosen by it. */
  accepted(node: number, { slot, value, chosen }: AcceptedSlot, ballot: BallotNumber): boolean {
    if (chosen) {
      const known = this.#chosen.get(slot);
      if (known === undefined || !equalBytes(known, value)) {
        violated('learned values are chosen', `node ${node} learned another value or too early in slot ${slot}`);
      }
      return false;
    }
    const votes = this.#votes.get(slot) ?? [];
    this.#votes.set(slot, votes);
    let vote = votes.find((other) => other.ballot === ballot);
    if (vote === undefined) {
      vote = { ballot, value, voters: 0, decided: false };
      votes.push(vote);
    } else if (!equalBytes(vote.value, value)) {
      violated('one value per ballot and slot', `two values accepted in slot ${slot}, ballot ${ballot}`);
    }
    if ((vote.voters & (1 << node)) !== 0) return false;
    vote.voters |= 1 << node;
    if (vote.decided || !this.#regimes.decides(ballot, slot, vote.voters)) return false;
    vote.decided = true;
    return this.#choose(slot, vote);
  }

  /** A leader proposed that: checked against all that it or others have proposed and that is chosen. */
  proposed(slot: Slot, ballot: BallotNumber, value: Uint8Array): 'new' | 'again' {
    const proposals = this.#proposals.get(slot) ?? [];
    this.#proposals.set(slot, proposals);
    const same = proposals.find((other) => other.ballot === ballot);
    if (same !== undefined) {
      if (!equalBytes(same.value, value)) {
        violated('one value per ballot and slot', `two values proposed in slot ${slot}, ballot ${ballot}`);
      }
      return 'again';
    }
    proposals.push({ ballot, value });
    this.#regimes.onProposed(ballot, slot);
    if (slot > this.#highestProposed) this.#highestProposed = slot;
    const chosen = this.#chosen.get(slot);
    // A value that differs is harmless only in a ballot below the one in which the slot was chosen.
    if (chosen !== undefined && !equalBytes(chosen, value) && this.#chosenBallot(slot) <= ballot) {
      violated('chosen values are stable', `ballot ${ballot} proposes another value for chosen slot ${slot}`);
    }
    return 'new';
  }

  /** What was proposed for the slot in that ballot. */
  proposal(slot: Slot, ballot: BallotNumber): Uint8Array | undefined {
    return this.#proposals.get(slot)?.find((proposal) => proposal.ballot === ballot)?.value;
  }

  /** The ballot in which the chosen value was proposed first. */
  origin(slot: Slot): BallotNumber | undefined {
    const chosen = this.#chosen.get(slot);
    let lowest: BallotNumber | undefined;
    for (const { ballot, value } of this.#proposals.get(slot) ?? []) {
      if (chosen !== undefined && equalBytes(value, chosen) && ballot < (lowest ?? Number.POSITIVE_INFINITY))
        lowest = ballot;
    }
    return lowest;
  }

  /** Whether another ballot has proposed the same value for the slot. */
  proposedEarlier(slot: Slot, ballot: BallotNumber, value: Uint8Array): boolean {
    return this.#proposals.get(slot)?.some((other) => other.ballot < ballot && equalBytes(other.value, value)) === true;
  }

  #choose(slot: Slot, { ballot, value }: Vote): boolean {
    const before = this.#chosen.get(slot);
    if (before !== undefined) {
      if (!equalBytes(before, value)) violated('agreement', `two values are chosen in slot ${slot}`);
      return false;
    }
    for (const proposal of this.#proposals.get(slot) ?? []) {
      if (proposal.ballot > ballot && !equalBytes(proposal.value, value)) {
        violated('chosen values are stable', `slot ${slot} is chosen in ${ballot}, another value proposed above it`);
      }
    }
    this.#chosen.set(slot, value);
    this.#regimes.onChosen(slot, value, this.#highestChosen, (ballot - 1) % ballotsPerRound);
    this.#highestChosen = Math.max(this.#highestChosen, slot);
    this.#newestBallot = ballot;
    const through = this.#through;
    while (this.#chosen.has(this.#through + 1)) this.#through += 1;
    return this.#through > through;
  }

  /** The lowest ballot with a quorum. */
  #chosenBallot(slot: Slot): BallotNumber {
    let lowest = Number.POSITIVE_INFINITY;
    for (const { ballot, decided } of this.#votes.get(slot) ?? []) {
      if (decided) lowest = Math.min(lowest, ballot);
    }
    return lowest;
  }
}
