import type { Slot } from '../../paxos/record.ts';
import { type Ballot, compareBallots, formatBallot } from '../../wire/ballot.ts';
import { broken } from './broken-invariant.ts';
import type { BallotValue, Ledger } from './ledger.ts';
import type { Marker } from './markers.ts';
import { nodeCount, nodeIdOf } from './members.ts';

const quorum = Math.floor(nodeCount / 2) + 1;
const noOp = 'no-op';

interface Choice {
  readonly value: string;
  /** The lowest one with a quorum. */
  ballot: Ballot;
}

/** What all three have written and said, put together. @throws BrokenInvariant. @returns which markers it shows */
export function checkLedgers(ledgers: readonly Ledger[]): Marker[] {
  const proposals = proposalsOf(ledgers);
  const found = new Set<Marker>();
  const chosen = chosenBy(ledgers, proposals, found);
  checkStability(proposals, chosen);
  checkClaims(ledgers, chosen);
  noteProposals(proposals, found);
  for (const { value } of chosen.values()) if (value !== noOp) found.add('a value of a client is chosen');
  return [...found];
}

/** 4. One value per ballot and slot, whoever accepts it. 8. Values come from proposals. */
function proposalsOf(ledgers: readonly Ledger[]): Map<string, BallotValue> {
  const proposals = new Map<string, BallotValue>();
  // A ballot has one owner, who checks this for its own proposals.
  for (const ledger of ledgers) for (const [key, proposal] of ledger.proposals) proposals.set(key, proposal);
  for (const { node, votes } of ledgers) {
    for (const [key, vote] of votes) {
      const proposal = proposals.get(key);
      if (proposal?.value === vote.value) continue;
      broken(
        'one value per ballot and slot',
        `${nodeIdOf(node)} accepts ${vote.value} in ${key}, proposed is ${proposal?.value}`,
      );
    }
  }
  return proposals;
}

/** 6. Agreement: a slot is chosen when a quorum of disks has ever held it in one ballot. */
function chosenBy(
  ledgers: readonly Ledger[],
  proposals: ReadonlyMap<string, BallotValue>,
  found: Set<Marker>,
): Map<Slot, Choice> {
  const chosen = new Map<Slot, Choice>();
  for (const [key, { slot, ballot, value }] of proposals) {
    const votes = ledgers.flatMap((ledger) => ledger.votes.get(key) ?? []);
    if (votes.length < quorum) continue;
    if (votes.some(({ life }) => life > 1)) found.add('a slot is chosen by the vote of a node that has restarted');
    const before = chosen.get(slot);
    if (before === undefined) {
      chosen.set(slot, { ballot, value });
      continue;
    }
    if (before.value !== value) broken('agreement', `slot ${slot} is chosen as ${before.value} and as ${value}`);
    if (compareBallots(ballot, before.ballot) < 0) before.ballot = ballot;
    found.add('a slot is chosen in two ballots');
  }
  return chosen;
}

/** 7. Stability: above the ballot in which a slot was chosen nobody proposes anything else. */
function checkStability(proposals: ReadonlyMap<string, BallotValue>, chosen: ReadonlyMap<Slot, Choice>): void {
  for (const { slot, ballot, value } of proposals.values()) {
    const choice = chosen.get(slot);
    if (choice === undefined || choice.value === value || compareBallots(ballot, choice.ballot) < 0) continue;
    const where = `slot ${slot}, chosen as ${choice.value} in ${formatBallot(choice.ballot)}`;
    broken('chosen values are stable', `${formatBallot(ballot)} proposes ${value} in ${where}`);
  }
}

/** 9. Nobody applies, journals or tells others as chosen what is not. */
function checkClaims(ledgers: readonly Ledger[], chosen: ReadonlyMap<Slot, Choice>): void {
  for (const { node, claims } of ledgers) {
    for (const [slot, value] of claims) {
      const choice = chosen.get(slot);
      if (choice?.value === value) continue;
      const truth = choice === undefined ? 'nothing is' : `${choice.value} is`;
      broken('chosen is chosen', `${nodeIdOf(node)} holds ${value} for chosen in slot ${slot}, ${truth}`);
    }
  }
}

function noteProposals(proposals: ReadonlyMap<string, BallotValue>, found: Set<Marker>): void {
  for (const high of proposals.values()) {
    for (const low of proposals.values()) {
      if (compareBallots(low.ballot, high.ballot) >= 0 || low.slot < high.slot) continue;
      if (low.slot === high.slot) {
        found.add('two leaders proposed in the same slot');
        if (high.value !== noOp && low.value === high.value) found.add('a leader adopted a value from a lower ballot');
        if (high.value === noOp && low.value !== noOp) {
          found.add('a leader proposed a no-op where a lower ballot had another value');
        }
      } else if (high.value === noOp && isAdopted(proposals, low, high.ballot)) {
        found.add('a hole was filled with a no-op below an adopted value');
      }
    }
  }
}

function isAdopted(proposals: ReadonlyMap<string, BallotValue>, low: BallotValue, ballot: Ballot): boolean {
  return low.value !== noOp && proposals.get(`${low.slot}/${formatBallot(ballot)}`)?.value === low.value;
}
