import { type Ballot, zeroBallot } from '../wire/ballot.ts';
import type { NodeId } from '../wire/identifiers.ts';
import { leaseUntilMs } from './lease.ts';
import { followedBallot, leaderIsAlive } from './liveness.ts';
import type { Slot } from './record.ts';
import type { PaxosState } from './state.ts';

/** For people and metrics. */
export interface PaxosStatus {
  readonly chosenThrough: Slot;
  readonly appliedThrough: Slot;
  /** Highest slot that someone said to be chosen. */
  readonly announcedThrough: Slot;
  readonly promised: Ballot;
  readonly leaderBallot: Ballot;
  readonly openSlots: number;
  readonly openBytes: number;
  /** What is left of this leader's lease; 0 if it has none. */
  readonly leaseRemainingMs: number;
  readonly journalSequence: number;
  /** How long the record under way has been on its way to the disk; 0 if there is none. */
  readonly persistPendingMs: number;
  readonly retainedBytes: number;
  readonly peers: readonly PeerStatus[];
}

export interface PeerStatus {
  readonly nodeId: NodeId;
  readonly link: 'unknown' | 'up' | 'down' | 'refused';
  /** It has answered the greeting of this boot. */
  readonly greeted: boolean;
  /** Why it refuses this node; empty if it does not. */
  readonly refusal: string;
  /** As its leader knows; 0 elsewhere. */
  readonly acceptedThrough: Slot;
  readonly chosenThrough: Slot;
  /** Since its last answer in this ballot; undefined elsewhere. */
  readonly silentMs: number | undefined;
}

/**
 * The ballot of the leader that this node is, or follows and hears; zero if it knows none. One that has been silent for the
 * shortest time after which anybody campaigns is not named: after a failed pre-vote it would otherwise come back from the dead.
 */
export function knownLeaderBallot(state: PaxosState): Ballot {
  if (state.leadership !== undefined) return state.leadership.ballot;
  const followed = followedBallot(state);
  return followed !== undefined && leaderIsAlive(state) ? followed : zeroBallot;
}

export function statusOf(state: PaxosState): PaxosStatus {
  const { nowMs, leadership, pending } = state;
  return {
    chosenThrough: state.chosenThrough,
    appliedThrough: state.appliedThrough,
    announcedThrough: Math.max(state.catchUp.target, state.chosenThrough),
    promised: state.promised,
    leaderBallot: knownLeaderBallot(state),
    openSlots: leadership === undefined ? 0 : leadership.nextSlot - 1 - state.chosenThrough,
    openBytes: leadership?.openBytes ?? 0,
    leaseRemainingMs: Math.max(0, leaseUntilMs(state) - nowMs),
    journalSequence: state.durableSequence,
    persistPendingMs: pending === undefined ? 0 : nowMs - pending.sinceMs,
    retainedBytes: state.retainedBytes,
    peers: [...state.peers].map(([nodeId, peer]): PeerStatus => {
      const progress = leadership?.progress.get(nodeId);
      return {
        nodeId,
        link: peer.link,
        greeted: peer.answered,
        refusal: peer.refusal,
        acceptedThrough: progress?.match ?? 0,
        chosenThrough: progress?.chosenThrough ?? 0,
        silentMs: progress === undefined ? undefined : nowMs - progress.heardAtMs,
      };
    }),
  };
}
