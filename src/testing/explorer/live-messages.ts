import type { Accept, Heartbeat, PaxosMessage, Prepare } from '../../paxos/messages.ts';
import type { Slot } from '../../paxos/record.ts';
import type { PaxosState } from '../../paxos/state.ts';
import { type Ballot, compareBallots, sameBallot } from '../../wire/ballot.ts';
import type { NodeId } from '../../wire/identifiers.ts';

/** One end of a message: what the node remembers, and what it would remember after a crash. */
export interface End {
  readonly nodeId: NodeId;
  readonly memory: PaxosState;
  readonly disk: PaxosState;
}

/** What decides whether a message can still matter. */
export interface Ends {
  readonly sender: End;
  readonly receiver: End;
  /** Whether any node may yet fall back to its disk. */
  readonly mayCrash: boolean;
  readonly leases: boolean;
}

/**
 * False if the message can do nothing any more, now or in any later state, that could not happen without it. It is then taken out of the
 * network, so that states which differ only in such messages are one. The arguments rest on what only rises: promises and the chosen
 * prefix (those on disk, where a crash is possible), a peer's match within a ballot; and on ballots that are made once.
 *
 * - What answers a candidacy or a leadership is ignored once that is over, or has what the answer brings.
 * - What a proposer sent matters as long as the acceptor may rise to that ballot, or has not taken all of it, or its refusal
 *   would find the proposer at work. Refusing a repetition of what was taken already would make the proposer give up, which
 *   it may do at any moment anyway: it may always time out.
 * - Questions for chosen values matter as long as the one that asked lacks them.
 *
 * The caller asks the real code, too, whether the message changes nothing at the moment.
 */
export function mayMatter(message: PaxosMessage, ends: Ends): boolean {
  const { sender, receiver } = ends;
  switch (message.type) {
    case 'preVote':
      return asksForPreVotes(sender, message.ballot);
    case 'preVoteAnswer':
      return asksForPreVotes(receiver, message.ballot);
    case 'prepare':
      return prepareMatters(message, ends);
    case 'promise':
      return awaitsPromise(receiver, sender.nodeId, message.ballot, message.sequence);
    case 'rejected':
      return campaigns(receiver, message.ballot) || leads(receiver, message.ballot);
    case 'accept':
    case 'heartbeat':
      return proposalMatters(message, ends);
    case 'accepted':
      return advances(ends, message.ballot, message.through);
    case 'heartbeatAnswer':
      return advances(ends, message.ballot, message.acceptedThrough) || renewsLease(ends, message.ballot, message.id);
    case 'fetch':
      return knownThrough(sender, ends.mayCrash) < message.toSlot;
    case 'learn':
      return knownThrough(receiver, ends.mayCrash) < (message.slots.at(-1)?.slot ?? 0);
    case 'transfer':
      return orderAtReceiver(message.ballot, ends) >= 0;
    default:
      return true;
  }
}

/** Against the promise that the receiver never falls back behind. */
function orderAtReceiver(ballot: Ballot, { receiver, mayCrash }: Ends): number {
  return compareBallots(ballot, (mayCrash ? receiver.disk : receiver.memory).promised);
}

function campaigns({ memory }: End, ballot: Ballot): boolean {
  return memory.candidacy !== undefined && sameBallot(memory.candidacy.ballot, ballot);
}

function leads({ memory }: End, ballot: Ballot): boolean {
  return memory.leadership !== undefined && sameBallot(memory.leadership.ballot, ballot);
}

function asksForPreVotes(candidate: End, ballot: Ballot): boolean {
  return campaigns(candidate, ballot) && candidate.memory.candidacy?.phase === 'preVote';
}

/** Statement `sequence` of the acceptor or a later one; it has at most one part here. */
function awaitsPromise(candidate: End, acceptor: NodeId, ballot: Ballot, sequence: number): boolean {
  const { candidacy } = candidate.memory;
  if (!campaigns(candidate, ballot) || candidacy === undefined) return false;
  if (candidacy.phase !== 'promising' && candidacy.phase !== 'preparing') return false;
  return (candidacy.promises.get(acceptor)?.sequence ?? -1) < sequence || !candidacy.promises.has(acceptor);
}

/** A node that has lost its memory states its promise anew, in a record of its own. */
function prepareMatters({ ballot }: Prepare, ends: Ends): boolean {
  const order = orderAtReceiver(ballot, ends);
  if (order > 0 || (order === 0 && ends.mayCrash)) return true;
  return awaitsPromise(ends.sender, ends.receiver.nodeId, ballot, 0);
}

function proposalMatters(message: Accept | Heartbeat, ends: Ends): boolean {
  const order = orderAtReceiver(message.ballot, ends);
  if (order > 0) return true;
  if (order < 0) return leads(ends.sender, message.ballot);
  // A node that has lost its memory may follow that leader anew, and a heartbeat grants the lease anew.
  if (ends.mayCrash || (ends.leases && message.type === 'heartbeat')) return true;
  const { memory } = ends.receiver;
  if (!sameBallot(memory.leaderBallot, message.ballot) || memory.announcedThrough < message.chosenThrough) return true;
  if (message.type === 'heartbeat' || message.slot <= memory.chosenThrough) return false;
  const entry = memory.log.get(message.slot);
  return entry === undefined || !sameBallot(entry.ballot, message.ballot);
}

function advances({ sender, receiver }: Ends, ballot: Ballot, through: Slot): boolean {
  if (!leads(receiver, ballot)) return campaigns(receiver, ballot);
  return through > (receiver.memory.leadership?.progress.get(sender.nodeId)?.match ?? 0);
}

function renewsLease({ sender, receiver, leases }: Ends, ballot: Ballot, id: number): boolean {
  const { leadership } = receiver.memory;
  if (!leases || leadership === undefined || !leads(receiver, ballot)) return false;
  const sentMs = leadership.sentAtMs.get(id);
  return sentMs !== undefined && sentMs > (leadership.progress.get(sender.nodeId)?.answeredSentMs ?? 0);
}

function knownThrough({ memory, disk }: End, mayCrash: boolean): Slot {
  return (mayCrash ? disk : memory).chosenThrough;
}
