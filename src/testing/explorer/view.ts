import type { PaxosMessage } from '../../paxos/messages.ts';
import type { PaxosState } from '../../paxos/state.ts';
import { never } from '../../paxos/state.ts';
import { zeroBallot } from '../../wire/ballot.ts';
import { nodeIds } from './members.ts';
import type { Scope, TimeScope } from './scope.ts';

/** A timer that does not fire by itself: the search makes it fire. */
const notDue = Number.POSITIVE_INFINITY;

/**
 * Gives states that behave alike one form, as a `VIEW` does in TLC. Each field is put to a constant for a reason that holds for every
 * input of the model, so that nothing which a node may do is lost:
 *
 * - `random` and `failedCandidacies` only draw when election timers fire, and the search fires them at any moment;
 * - `highestRound` only says in which round a campaign begins, and the search tries every round;
 * - `electionAtMs` and `giveUpAtMs` are such timers;
 * - `leaderHeardMs` deters nobody, `reopenedAtMs` prevents nothing: with `silenceMsLow` 0 they are compared with the present;
 * - what would be repeated is in the network already; a question for chosen values may be put again at any moment;
 * - `heardAtMs` is the present until the search says that a leader has heard nothing;
 * - hints are journaled with other records, and where crashes matter whenever the search says so (`lastRecordAtMs`);
 * - `owesAccepted` repeats an `accepted` that is in the network already: what is new is sent without it;
 * - what was seen of peers' journals (`seen`, `dirtySeen`) is read by greetings alone, which are not explored;
 * - of `catchUp.failures` only the remainder by the number of sources, one or two, counts;
 * - `chosenThrough` and `answeredId` of a peer's progress are for operators and reads.
 *
 * Without leases (`time` undefined) nobody reads a grant, the ids of heartbeats only tell answers to reads apart, and the clock
 * never moves.
 */
export function normaliseState(state: PaxosState, scope: Scope): void {
  state.random = 0;
  state.highestRound = 0;
  state.failedCandidacies = 0;
  state.electionAtMs = notDue;
  state.leaderHeardMs = never;
  state.reopenedAtMs = never;
  state.lastRecordAtMs = state.nowMs;
  state.owesAccepted = false;
  state.seen.clear();
  state.dirtySeen.clear();
  for (const peer of state.peers.values()) peer.greetAtMs = notDue;
  const { catchUp, candidacy, pending } = state;
  catchUp.stuckSinceMs = never;
  catchUp.retryAtMs = never;
  catchUp.failures %= 2;
  if (candidacy !== undefined) {
    candidacy.giveUpAtMs = notDue;
    candidacy.retryAtMs = never;
  }
  if (pending !== undefined) state.pending = { ...pending, sinceMs: never };
  normaliseLeadership(state);
  if (scope.time === undefined) forgetLeases(state);
  else forgetExpiredLeases(state, scope.time);
}

function normaliseLeadership(state: PaxosState): void {
  const { leadership, nowMs } = state;
  if (leadership === undefined) return;
  state.leadership = { ...leadership, sinceMs: never, nextHeartbeatAtMs: notDue };
  if (leadership.transfer !== undefined) leadership.transfer.sendAtMs = notDue;
  for (const progress of leadership.progress.values()) {
    progress.progressAtMs = notDue;
    progress.heardAtMs = nowMs;
    progress.chosenThrough = 0;
    progress.answeredId = 0;
  }
}

function forgetLeases(state: PaxosState): void {
  state.grant = { ballot: zeroBallot, untilMs: never };
  state.heartbeatId = 0;
  if (state.leadership === undefined) return;
  for (const progress of state.leadership.progress.values()) progress.answeredSentMs = never;
}

/**
 * Whether a time that is past is long past makes no difference. Heartbeats of one moment have one id: the lease counts from the time of
 * sending.
 */
function forgetExpiredLeases(state: PaxosState, { leaseMs, stepMs }: TimeScope): void {
  const { nowMs, leadership } = state;
  if (state.grant.untilMs <= nowMs) state.grant = { ballot: zeroBallot, untilMs: never };
  if (state.bootedAtMs + leaseMs <= nowMs) state.bootedAtMs = never;
  state.heartbeatId = (nowMs - leaseMs) / (stepMs[nodeIds.indexOf(state.options.nodeId)] ?? 1);
  if (leadership === undefined) return;
  for (const [id, sentMs] of leadership.sentAtMs) if (sentMs + leaseMs <= nowMs) leadership.sentAtMs.delete(id);
  for (const progress of leadership.progress.values()) {
    if (progress.answeredSentMs + leaseMs <= nowMs) progress.answeredSentMs = never;
  }
}

/** The same for messages. A receiver reads the fields that are put to a constant here only into such as are above. */
export function normaliseMessage(message: PaxosMessage): PaxosMessage {
  switch (message.type) {
    case 'accepted':
      return { ...message, sequence: 0 };
    case 'heartbeatAnswer':
      return { ...message, chosenThrough: 0, acceptedThrough: 0 };
    case 'learn':
      return { ...message, chosenThrough: 0 };
    default:
      return message;
  }
}

/**
 * What an answer to a heartbeat acknowledges an `accepted` has acknowledged before it (`answerLeader`), so it only renews the lease.
 * A learn without slots says nothing at all.
 */
export function isRedundant(message: PaxosMessage, scope: Scope): boolean {
  if (message.type === 'heartbeatAnswer') return scope.time === undefined;
  return message.type === 'learn' && message.slots.length === 0;
}
