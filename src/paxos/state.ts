import type { Ballot } from '../wire/ballot.ts';
import type { NodeId } from '../wire/identifiers.ts';
import type { Prepare, PromiseMessage } from './messages.ts';
import type { PaxosOptions } from './options.ts';
import type { AcceptedSlot, ClusterMember, Configuration, Genesis, Incarnation, SeenSequence, Slot } from './record.ts';

export type { PaxosOptions } from './options.ts';

/** One slot of the log: the value accepted with the highest ballot, or the chosen one. */
export interface LogEntry {
  readonly ballot: Ballot;
  readonly value: Uint8Array;
  /** Journaled as learned. */
  readonly chosen: boolean;
  /** The journal record that holds it; 0: none yet. */
  sequence: number;
}

/** A node without a cluster that has greeted, under a name that is no member's or with a directory that is not the member's. */
export interface Stranger {
  readonly incarnation: Incarnation;
  /** Where it says that it is reached; empty if it does not. */
  readonly address: string;
  /** The highest feature level that it carries out. */
  readonly supportedLevel: number;
  readonly heardAtMs: number;
}

/** What this node knows of another member. */
export interface Peer {
  /** `refused`: the process is surely gone. `unknown`: nothing was heard yet, so try. */
  link: 'unknown' | 'up' | 'down' | 'refused';
  refusedAtMs: number;
  /** It was known at this boot: before it votes, the node waits for its answer, for a while. */
  readonly awaited: boolean;
  /** It has answered a greeting of this boot. */
  answered: boolean;
  /** It need not be greeted any more. */
  settled: boolean;
  /** Of its last greeting. */
  bootId: string;
  /** The incarnation in its last greeting, before there is a genesis. */
  incarnation: Incarnation;
  /** It was started for the same cluster as this node and belongs to none yet. */
  readyToFound: boolean;
  hasGenesis: boolean;
  /** The highest feature level that it carries out, as it has said last; 0: not yet. */
  supportedLevel: number;
  /** The kind of its last verdict other than welcome, else empty. */
  refusal: string;
  greetAtMs: number;
  greetDelayMs: number;
}

/** A promise that was given, or will be when its record is durable. Its content is fixed with that record. */
export interface OwedPromise {
  readonly ballot: Ballot;
  readonly to: NodeId;
  readonly fromSlot: Slot;
  /** The record that makes it durable; 0: not yet cut. */
  sequence: number;
  parts: readonly PromiseMessage[];
}

/** The parts of one promise, as far as they have come. */
export interface GatheredPromise {
  /** Parts of another sequence belong to an older or newer statement. */
  readonly sequence: number;
  readonly chosenThrough: Slot;
  readonly parts: Map<number, readonly AcceptedSlot[]>;
  /** 0: the last part has not come. */
  partCount: number;
}

/**
 * preVote    asking whether others would promise
 * waiting    until the own grant to an earlier leader runs out
 * promising  until the own promise is durable
 * preparing  phase 1
 * learning   until everything that the quorum knows to be chosen is here
 */
export type CandidacyPhase = 'preVote' | 'waiting' | 'promising' | 'preparing' | 'learning';

export interface Candidacy {
  readonly ballot: Ballot;
  readonly transferOf: Ballot;
  phase: CandidacyPhase;
  retryAtMs: number;
  retryDelayMs: number;
  giveUpAtMs: number;
  fromSlot: Slot;
  readonly preVotes: Set<NodeId>;
  readonly promises: Map<NodeId, GatheredPromise>;
  learnThrough: Slot;
}

/** What a leader knows of a peer in its ballot. */
export interface Progress {
  /** Whether it counts for quorums in this ballot; learners do not. */
  readonly votes: boolean;
  /** Every slot up to it is durable there, accepted in this ballot or known chosen. */
  match: Slot;
  /** The next one to send. */
  next: Slot;
  /** Sent and not acknowledged, ascending. */
  inFlight: { readonly slot: Slot; readonly bytes: number }[];
  inFlightBytes: number;
  /** When `match` rose last, or something was sent to an idle peer. */
  progressAtMs: number;
  resendDelayMs: number;
  /** When it answered last in this ballot. */
  heardAtMs: number;
  answeredId: number;
  /** The time of sending of the newest heartbeat that it answered and that counts for the lease. */
  answeredSentMs: number;
  chosenThrough: Slot;
  /** The highest chosen prefix that it was told. */
  toldChosenThrough: Slot;
  /** It has said that it need not be told at once what is chosen. */
  quiet: boolean;
}

export interface Leadership {
  readonly ballot: Ballot;
  /** Of the configuration in which the ballot was opened: all its slots are decided by that one. */
  readonly quorum: number;
  /** A change of the members is proposed in this slot, the last of the ballot; undefined: none. */
  changeSlot: Slot | undefined;
  /** The first slot proposed in this ballot. */
  readonly firstSlot: Slot;
  /** The last slot that was adopted, or the no-op: once it is chosen the leader serves. */
  readonly servingFrom: Slot;
  nextSlot: Slot;
  openBytes: number;
  readonly sinceMs: number;
  readonly progress: Map<NodeId, Progress>;
  /** A heartbeat is to be sent at the end of this turn. */
  heartbeatDue: boolean;
  nextHeartbeatAtMs: number;
  /** Of the last heartbeat sent; 0: none yet. */
  sentId: number;
  /** Times of sending, by id; those older than the lease are dropped. */
  readonly sentAtMs: Map<number, number>;
  /** Only heartbeats from this one on count for the lease: earlier ones were sent before a suspension. */
  leaseFromId: number;
  /** The lease was given up for the rest of this ballot. */
  transfer: { readonly to: NodeId; readonly untilMs: number; sendAtMs: number } | undefined;
  /** Votes about the state: slot → member → hash. */
  readonly hashVotes: Map<Slot, Map<NodeId, string>>;
}

/** The record under way to the disk. */
export interface PendingRecord {
  readonly sequence: number;
  readonly promised: Ballot;
  readonly chosenThrough: Slot;
  readonly hasGenesis: boolean;
  readonly formed: boolean;
  /** Of this record or the last before it that holds a promise or an acceptance. */
  readonly voteSequence: number;
  readonly sinceMs: number;
}

export interface CatchUp {
  /** The highest slot that someone said to be chosen. */
  target: Slot;
  /** The first word of a new leader: what it knows to be chosen will not be proposed again, so there is nothing to wait for. */
  urgent: boolean;
  /** Since when there is no progress towards the target. */
  stuckSinceMs: number;
  /** The disk has to follow before more is asked for. */
  paused: boolean;
  /** What is missing here is gone elsewhere: only a checkpoint has it. */
  needsCheckpoint: boolean;
  /** 0: nothing is asked for. */
  askedFrom: Slot;
  retryAtMs: number;
  /** Unanswered in a row: others are asked in turn. */
  failures: number;
  /** Since there was progress: answers that what is missing here is gone there. */
  refusals: number;
}

/** Everything that the protocol remembers: plain data, so that a state can be copied, compared and explored. */
export interface PaxosState {
  readonly options: PaxosOptions;
  nowMs: number;
  uptimeMs: number;
  /** The smallest lead of the uptime over the monotonic clock since the last suspension. */
  uptimeLeadMs: number;
  suspensionToReport: boolean;
  booted: boolean;
  bootedAtMs: number;
  halted: boolean;
  random: number;

  // Acceptor.
  promised: Ballot;
  grant: { readonly ballot: Ballot; readonly untilMs: number };
  heldPrepare: { readonly from: NodeId; readonly message: Prepare; readonly heardMs: number } | undefined;
  owedPromise: OwedPromise | undefined;
  /** The newest heartbeat of the promised ballot that is not answered yet. */
  owedHeartbeat: number;
  owesAccepted: boolean;
  /** No clients are here: the leader need not tell at once what is chosen. */
  quiet: boolean;
  /** What `through` of the last `Accepted` was, and of which ballot. */
  acknowledged: { ballot: Ballot; through: Slot };

  // Log.
  readonly log: Map<Slot, LogEntry>;
  /** Every slot up to it is chosen and its value is here, in memory or in the journal. */
  chosenThrough: Slot;
  appliedThrough: Slot;
  /** Values up to it have left memory. */
  evictedThrough: Slot;
  /** Values up to it may be gone from the journal: a checkpoint stands for them. */
  trimmedThrough: Slot;
  /** Bytes of the applied values in memory. */
  retainedBytes: number;
  /** What the leader that is followed has said to be chosen: it overtakes the values, which travel on another lane. */
  announcedThrough: Slot;
  readonly catchUp: CatchUp;
  readonly reads: Map<number, { readonly to: NodeId; readonly fromSlot: Slot }>;
  readToken: number;

  // Journal. `durable…` is what a crash at this moment would leave.
  sequence: number;
  durableSequence: number;
  /** The newest durable record that holds a promise or an acceptance: losing those after it does no harm. */
  durableVoteSequence: number;
  durablePromised: Ballot;
  /** Of the last record that was restored: the anchor of a trimmed journal may be ahead of those after it. */
  restoredPromise: Ballot;
  /** The highest that any record has said. */
  restoredChosenThrough: Slot;
  durableChosenThrough: Slot;
  durableGenesis: boolean;
  durableFormed: boolean;
  pending: PendingRecord | undefined;
  /** Slots to be journaled with the next record, and the bytes of their values. */
  readonly dirtySlots: Set<Slot>;
  dirtyBytes: number;
  readonly dirtySeen: Set<NodeId>;
  /** A record is wanted even if nothing else asks for one. */
  recordWanted: boolean;
  lastRecordAtMs: number;
  readonly seen: Map<NodeId, SeenSequence>;

  // Identity.
  genesis: Genesis | undefined;
  formed: boolean;
  /** The newest configuration that is known to be chosen; undefined before the genesis. */
  ruling: Configuration | undefined;
  /** A later one that others have told of: its members may say what is chosen, and have no part in anything else yet. */
  successor: Configuration | undefined;
  /** Those of the ruling configuration; before the genesis, those that this node was started with. */
  members: readonly ClusterMember[];
  /** Members of earlier configurations that are still listened to. */
  departing: readonly ClusterMember[];
  /** `peers` is not in accord with the members any more. */
  membersChanged: boolean;
  /** Told by others, and not yet on this disk. */
  undurableConfiguration: Configuration | undefined;
  readonly peers: Map<NodeId, Peer>;
  readonly strangers: Map<NodeId, Stranger>;
  /** Before the genesis: of the configuration of which this node was told whom to greet. */
  joiningAtSlot: Slot;

  // Leadership.
  /** Of the leader that was heard last; never below what others said. */
  leaderBallot: Ballot;
  leaderHeardMs: number;
  electionAtMs: number;
  failedCandidacies: number;
  /** The highest round that was heard of: the next attempt goes above it. */
  highestRound: number;
  /** Rising through all ballots of this boot. */
  heartbeatId: number;
  reopenedAtMs: number;
  candidacy: Candidacy | undefined;
  leadership: Leadership | undefined;

  // State hashes, by slot.
  readonly ownHashes: Map<Slot, string>;
  readonly agreedHashes: Map<Slot, string>;
  /** After which members differed without a majority: the alarm was raised here; the highest only. */
  disputedThrough: Slot;
}

/** Before all time. */
export const never: number = Number.NEGATIVE_INFINITY;
