import type { Ballot } from '../wire/ballot.ts';
import type { NodeId } from '../wire/identifiers.ts';
import type {
  AcceptedSlot,
  Configuration,
  Genesis,
  Incarnation,
  Member,
  Origin,
  SeenSequence,
  Slot,
} from './record.ts';

/**
 * What nodes say to each other. Any message may be lost, repeated, delayed or overtaken: each handler must be right for
 * every order. The envelope (sender's node id, incarnation, cluster id) travels with the connection.
 *
 *   message        from → to             answered by        durable before it leaves
 *   greeting       any → any             greetingAnswer
 *   genesis        founder → members     greeting           the founder's genesis
 *   preVote        candidate → all       preVoteAnswer
 *   prepare        candidate → all       promise, rejected  the candidate's own promise
 *   promise        acceptor → candidate                     the promise
 *   accept         leader → all          accepted, rejected
 *   accepted       acceptor → leader                        the accepted values
 *   heartbeat      leader → all          heartbeatAnswer
 *   fetch          any → any             learn
 *   transfer       leader → successor    prepare
 */
export type PaxosMessage =
  | Greeting
  | GreetingAnswer
  | GenesisMessage
  | PreVote
  | PreVoteAnswer
  | Prepare
  | PromiseMessage
  | Rejected
  | Accept
  | Accepted
  | Heartbeat
  | HeartbeatAnswer
  | Fetch
  | Learn
  | Transfer;

/** First on every new connection, and repeated until answered. */
export interface Greeting {
  readonly type: 'greeting';
  /** Empty while the node belongs to no cluster. */
  readonly clusterId: string;
  readonly clusterName: string;
  readonly incarnation: Incarnation;
  /** Random per start of the process: an answer to an older boot is ignored. */
  readonly bootId: string;
  /** Every member is known by the sender to have journaled the genesis. */
  readonly formed: boolean;
  /** The sender's newest durable record. */
  readonly sequence: number;
  readonly chosenThrough: Slot;
  /** The newest that the sender knows; undefined: the genesis', or none. */
  readonly configuration: Configuration | undefined;
  /** What the sender was started with (`--initial`), sorted by node id; incarnations empty. Compared before genesis. */
  readonly initial: readonly Member[];
  /** The state that the sender's directory was restored to; absent: none. Likewise. */
  readonly origin?: Origin;
  /** The highest feature level that the sender carries out. */
  readonly supportedLevel: number;
}

export interface GreetingAnswer {
  readonly type: 'greetingAnswer';
  /** Echo of the greeting's. */
  readonly bootId: string;
  readonly clusterId: string;
  readonly incarnation: Incarnation;
  readonly formed: boolean;
  readonly chosenThrough: Slot;
  /** As in the greeting: whom a stranger has to greet to be taken in, and what a member that was away has to know. */
  readonly configuration: Configuration | undefined;
  readonly verdict:
    | { readonly kind: 'welcome' }
    | { readonly kind: 'wrongCluster'; readonly clusterId: string }
    | { readonly kind: 'strangeIncarnation'; readonly expected: Incarnation }
    | { readonly kind: 'notAMember' }
    /** It was one, and has no part in the cluster any more. */
    | { readonly kind: 'removed' }
    | { readonly kind: 'differentInitial'; readonly initial: readonly Member[] }
    /** Empty: the sender was not restored. */
    | { readonly kind: 'differentOrigin'; readonly origin: Origin };
  /** The highest sequence of the greeter that the answerer has seen: more than it has means a rollback. */
  readonly seen: SeenSequence | undefined;
  /** Likewise. */
  readonly supportedLevel: number;
}

export interface GenesisMessage {
  readonly type: 'genesis';
  /** Of the greeting that showed none: one to an older boot is late. */
  readonly bootId: string;
  readonly genesis: Genesis;
  /** For a node that is taken in later: the members, itself among them. */
  readonly configuration: Configuration | undefined;
}

/** Would you promise this ballot? Changes nothing at the receiver. */
export interface PreVote {
  readonly type: 'preVote';
  readonly ballot: Ballot;
}

export interface PreVoteAnswer {
  readonly type: 'preVoteAnswer';
  readonly ballot: Ballot;
  readonly granted: boolean;
  /** If not granted: the receiver's promise, so that the next attempt can go above it. */
  readonly promised: Ballot;
  /** Whoever campaigns for nothing may lack what tells it why. */
  readonly chosenThrough: Slot;
}

/** Phase 1a, for all slots from `fromSlot` on. */
export interface Prepare {
  readonly type: 'prepare';
  readonly ballot: Ballot;
  /** The first slot that the candidate does not know to be chosen. */
  readonly fromSlot: Slot;
  /** The ballot whose leader asked the candidate to take over and renounced its lease; zero if none. */
  readonly transferOf: Ballot;
}

/** Phase 1b, in parts; it counts when all of them have come. */
export interface PromiseMessage {
  readonly type: 'promise';
  readonly ballot: Ballot;
  readonly incarnation: Incarnation;
  /** The journal record that holds this statement, and no other: parts with one sequence belong together. */
  readonly sequence: number;
  /** Values at or below it are not reported and may be gone. */
  readonly trimmedThrough: Slot;
  /** The candidate must learn everything up to here before it proposes. */
  readonly chosenThrough: Slot;
  /** Accepted values above `max(fromSlot - 1, chosenThrough)`, ascending. */
  readonly accepted: readonly AcceptedSlot[];
  /** 0, 1, 2, … */
  readonly part: number;
  readonly last: boolean;
}

/** The receiver has promised a higher ballot, or is bound by a grant. Answers exactly the attempt named. */
export interface Rejected {
  readonly type: 'rejected';
  readonly ballot: Ballot;
  readonly promised: Ballot;
}

/** Phase 2a. */
export interface Accept {
  readonly type: 'accept';
  readonly ballot: Ballot;
  readonly slot: Slot;
  readonly value: Uint8Array;
  readonly chosenThrough: Slot;
}

/** Phase 2b: every slot up to `through` is durable here, accepted in this ballot or known chosen. */
export interface Accepted {
  readonly type: 'accepted';
  readonly ballot: Ballot;
  readonly through: Slot;
  readonly incarnation: Incarnation;
  readonly sequence: number;
  /** The sender has no clients: what is chosen need not be told to it at once, the next accept or heartbeat will do. */
  readonly quiet: boolean;
}

export interface Heartbeat {
  readonly type: 'heartbeat';
  readonly ballot: Ballot;
  /** Rising within the ballot; a fresh one for each confirmation. */
  readonly id: number;
  readonly chosenThrough: Slot;
  /** The hash of the state after `hashSlot` on which a majority agrees: whoever has another one stops. Slot 0: none. */
  readonly hashSlot: Slot;
  readonly hash: string;
  /** Of the newest states that differ without a majority for any: whoever hears of it raises the alarm, too. */
  readonly dispute: Dispute | undefined;
  /** The newest record in the sender's journal that holds a vote: a leader's own acceptances count, and nothing else tells of them. */
  readonly sequence: number;
}

/** What members say of the state after `slot`, by node id: no majority says the same. */
export interface Dispute {
  readonly slot: Slot;
  readonly votes: readonly { readonly nodeId: NodeId; readonly hash: string }[];
}

/** Confirms the leader, and grants it a lease of T from the receipt of that heartbeat. */
export interface HeartbeatAnswer {
  readonly type: 'heartbeatAnswer';
  readonly ballot: Ballot;
  readonly id: number;
  readonly acceptedThrough: Slot;
  readonly chosenThrough: Slot;
  /** The sender's own newest state hash, after `hashSlot`; slot 0: none. */
  readonly hashSlot: Slot;
  readonly hash: string;
  /** Likewise. */
  readonly sequence: number;
  /** As in `Accepted`. */
  readonly quiet: boolean;
}

/** Asks for chosen values from `fromSlot` on. */
export interface Fetch {
  readonly type: 'fetch';
  readonly fromSlot: Slot;
  /** The last one wanted. */
  readonly toSlot: Slot;
}

/** Chosen values, ascending, from the slot asked for; perhaps fewer than asked. */
export interface Learn {
  readonly type: 'learn';
  readonly slots: readonly AcceptedSlot[];
  readonly chosenThrough: Slot;
  /** Values up to it are gone at the sender: a checkpoint stands for them. */
  readonly trimmedThrough: Slot;
}

/** The leader of `ballot` has renounced its lease for the rest of that ballot: take over. */
export interface Transfer {
  readonly type: 'transfer';
  readonly ballot: Ballot;
}

export type MessageFrom = { readonly from: NodeId; readonly incarnation: Incarnation };
