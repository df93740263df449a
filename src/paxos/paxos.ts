import { assert } from '../wire/assert.ts';
import { type Ballot, zeroBallot } from '../wire/ballot.ts';
import type { NodeId } from '../wire/identifiers.ts';
import { answerLeader, fixPromise, releasePromise, setQuiet } from './acceptor.ts';
import { boot } from './boot.ts';
import { cloneState, encodeCanonically } from './canonical.ts';
import { catchUpOnTick, onSlotsRead, resumeCatchUp, retryWithoutCheckpoint } from './catch-up.ts';
import { installCheckpoint, lacksState, noteTrimmed, restoreCheckpoint } from './checkpoint.ts';
import { halt, isMember, mayTeach, quorum } from './cluster.ts';

import { dispatch } from './dispatch.ts';
import type { PaxosEffect } from './effects.ts';
import { startPreVote } from './election.ts';
import { formIfComplete, onFormed, onGenesisDurable } from './formation.ts';
import { commonLevel, greet, greetOnTick } from './greeting.ts';
import { initialState } from './initial-state.ts';
import { cutRecord, recordPersisted, restoreRecord, summarize } from './journal.ts';
import * as leader from './leader.ts';
import { advanceCandidacy, electOnTick, leadershipOnTick, transferLeadership } from './leadership-change.ts';
import { advanceClocks, confirmedThrough, leaseUntilMs } from './lease.ts';
import { followedBallot } from './liveness.ts';
import { chosenValue, markApplied } from './log.ts';
import { canChangeMembers, changeMembers, routedPeers, settleMembership } from './membership.ts';
import type { PaxosMessage } from './messages.ts';
import type {
  AcceptedSlot,
  ClusterMember,
  Configuration,
  Genesis,
  Incarnation,
  JournalRecord,
  JournalSummary,
  Member,
  Slot,
} from './record.ts';
import type { PaxosOptions, PaxosState, Stranger } from './state.ts';
import { reportHash } from './state-hash.ts';
import { knownLeaderBallot, type PaxosStatus, statusOf } from './status.ts';

export type { PaxosOptions } from './state.ts';
export type { PaxosStatus } from './status.ts';
export { defaultTiming, type PaxosTiming, paxosLimits } from './timing.ts';

/** `forming`: not every member is known to have joined the cluster yet. */
export type PaxosRole = 'forming' | 'follower' | 'candidate' | 'leader';

/**
 * One node's part in Multi-Paxos (Lamport, "Paxos Made Simple", 2001; Chandra, Griesemer, Redstone, "Paxos Made Live", 2007;
 * van Renesse, Altinbuken, "Paxos Made Moderately Complex", 2015): acceptor, proposer and learner in one, with leases.
 *
 * Synchronous and deterministic. `advance` comes before every other call, `flush` at the end of a turn. What it wants done is
 * appended to `effects`. Nothing that a message promises leaves before the record that makes it durable was reported by
 * `onPersisted`. Throws `AssertionFailure` if an invariant is broken: the node must then stop.
 */
export class Paxos {
  #state: PaxosState;

  constructor(options: PaxosOptions) {
    this.#state = initialState(options);
  }

  /** The durable records, oldest first, before `boot`. What they say to be chosen may be applied meanwhile. */
  restore(record: JournalRecord): void {
    restoreRecord(this.#state, record);
  }

  /** The state after `slot` was read from this disk, before the records of the journal; undefined: the genesis rules there. */
  restoreCheckpoint(slot: Slot, configuration: Configuration | undefined): void {
    restoreCheckpoint(this.#state, slot, configuration);
  }

  boot(effects: PaxosEffect[]): void {
    boot(this.#state, effects);
  }

  /** Both clocks, read after the next input was received. Neither goes back. */
  advance({ monotonicMs, uptimeMs }: { readonly monotonicMs: number; readonly uptimeMs: number }): void {
    const state = this.#state;
    assert(monotonicMs >= state.nowMs && uptimeMs >= state.uptimeMs, 'time never goes back');
    advanceClocks(state, monotonicMs, uptimeMs);
  }

  onMessage(from: NodeId, incarnation: Incarnation, message: PaxosMessage, effects: PaxosEffect[]): void {
    const state = this.#state;
    if (!state.booted || state.halted || from === state.options.nodeId) return;
    dispatch(state, from, incarnation, message, effects);
    if (!state.halted) advanceCandidacy(state, effects);
  }

  /** At least every 25 ms. */
  onTick(effects: PaxosEffect[]): void {
    const state = this.#state;
    if (state.halted) return;
    greetOnTick(state, effects);
    leadershipOnTick(state, effects);
    electOnTick(state, effects);
    catchUpOnTick(state, effects);
    advanceCandidacy(state, effects);
  }

  /** The record under way is on the disk. */
  onPersisted(sequence: number, effects: PaxosEffect[]): void {
    const state = this.#state;
    if (state.halted) return;
    const { durableFormed, durableGenesis } = state;
    recordPersisted(state, sequence);
    if (state.durableGenesis && !durableGenesis) onGenesisDurable(state, effects);
    if (state.durableFormed && !durableFormed) onFormed(state, effects);
    releasePromise(state, sequence, effects);
    leader.advanceChosen(state);
    resumeCatchUp(state, effects);
    advanceCandidacy(state, effects);
  }

  /** Nothing on that disk may be trusted until the process starts again: the node stops. */
  onPersistFailed(sequence: number, code: string, effects: PaxosEffect[]): void {
    if (this.#state.halted) return;
    const reason = `journal record ${sequence} could not be made durable (${code}): restart once the cause is gone`;
    halt(this.#state, effects, 'PERSIST_FAILED', reason);
  }

  /** What `readSlots` asked for: chosen slots, ascending, perhaps fewer than asked. */
  onSlotsRead(token: number, slots: readonly AcceptedSlot[], effects: PaxosEffect[]): void {
    if (!this.#state.halted) onSlotsRead(this.#state, token, slots, effects);
  }

  onPeerConnected(peer: NodeId, effects: PaxosEffect[]): void {
    const state = this.#state;
    const known = state.peers.get(peer);
    if (known === undefined || state.halted) return;
    known.link = 'up';
    known.greetDelayMs = state.options.timing.retryMs;
    greet(state, peer, known, effects);
    leader.onLeaderPeerConnected(state, peer, effects);
    if (state.candidacy !== undefined) state.candidacy.retryAtMs = state.nowMs;
  }

  /** `refused`: reconnecting was refused at once, so the process is surely gone, and a follower need not wait for silence. */
  onPeerDisconnected(peer: NodeId, refused: boolean, effects: PaxosEffect[]): void {
    const state = this.#state;
    const known = state.peers.get(peer);
    if (known === undefined || state.halted) return;
    const isNews = known.link !== 'refused';
    known.link = refused ? 'refused' : 'down';
    if (refused && isNews) known.refusedAtMs = state.nowMs;
    if (refused && isNews && followedBallot(state)?.nodeId === peer) startPreVote(state, effects);
    advanceCandidacy(state, effects);
  }

  /** Whether nobody here waits for what is chosen. */
  setQuiet(quiet: boolean): void {
    setQuiet(this.#state, quiet);
  }

  /** The end of a turn: answers and news that were gathered, and one journal record for all that is to be durable. */
  flush(effects: PaxosEffect[]): void {
    const state = this.#state;
    if (state.halted) return;
    if (state.suspensionToReport) {
      state.suspensionToReport = false;
      const text = 'the machine was suspended: a lease counts only once it is confirmed anew';
      effects.push({ type: 'notice', code: 'suspended', text });
    }
    formIfComplete(state);
    settleMembership(state, effects);
    if (state.halted) return;
    leader.heartbeatIfDue(state, effects);
    answerLeader(state, effects);
    if (cutRecord(state, effects)) fixPromise(state);
  }

  /** Whether `propose` may be called: this node leads, hands nothing over, and its window has room. */
  canPropose(): boolean {
    return leader.canPropose(this.#state);
  }

  /** The value goes to the peers at once, while the own disk is written. */
  propose(value: Uint8Array, effects: PaxosEffect[]): Slot {
    return leader.propose(this.#state, value, effects);
  }

  /** Every slot up to it is chosen. */
  get chosenThrough(): Slot {
    return this.#state.chosenThrough;
  }

  /** For slots that are chosen and not yet marked as applied. An empty value is a no-op. */
  chosenValue(slot: Slot): Uint8Array {
    return chosenValue(this.#state, slot);
  }

  /** Values up to `slot` may leave memory. */
  markApplied(slot: Slot): void {
    markApplied(this.#state, slot);
  }

  /** What is chosen next is gone elsewhere, or the state that the own journal goes on from is: another node has to send a checkpoint. */
  get needsCheckpoint(): boolean {
    return this.#state.catchUp.needsCheckpoint || lacksState(this.#state);
  }

  /** Whether the state is here to which the next chosen slot can be applied. */
  get canApply(): boolean {
    return !lacksState(this.#state);
  }

  /** No other node has a state to send: the values are asked for once more. */
  retryWithoutCheckpoint(effects: PaxosEffect[]): void {
    if (!this.#state.halted) retryWithoutCheckpoint(this.#state, effects);
  }

  /** Another node's state after `slot` is on this disk, and applied. Only above what is applied, and not by a leader. */
  installCheckpoint(slot: Slot, configuration: Configuration | undefined): void {
    installCheckpoint(this.#state, slot, configuration);
  }

  /** Of the journal, if it is to be trimmed through a slot that a checkpoint on this disk covers. */
  summarize(throughSlot: Slot): JournalSummary {
    return summarize(this.#state, throughSlot);
  }

  /** It has been: values up to `slot` are not read from it any more. */
  noteTrimmed(slot: Slot): void {
    noteTrimmed(this.#state, slot);
  }

  /** Values up to it are not in the journal any more. */
  get trimmedThrough(): Slot {
    return this.#state.trimmedThrough;
  }

  get role(): PaxosRole {
    const state = this.#state;
    if (!state.durableFormed) return 'forming';
    if (state.leadership !== undefined) return 'leader';
    return state.candidacy === undefined ? 'follower' : 'candidate';
  }

  /** This node leads, and everything up to `servingFrom` is chosen. */
  get serving(): boolean {
    return leader.isServing(this.#state);
  }

  /**
   * The last slot that this leader adopted from earlier ballots, or its no-op: everything that was ever acknowledged before
   * is at or below it. 0 if this node does not lead.
   */
  get servingFrom(): Slot {
    return this.#state.leadership?.servingFrom ?? 0;
  }

  get ballot(): Ballot {
    return this.#state.leadership?.ballot ?? this.#state.candidacy?.ballot ?? zeroBallot;
  }

  get promised(): Ballot {
    return this.#state.promised;
  }

  /** This node, or the one it follows. */
  get leader(): NodeId | undefined {
    const { nodeId } = this.leaderBallot;
    return nodeId === '' ? undefined : nodeId;
  }

  /** Zero if no leader is known. */
  get leaderBallot(): Ballot {
    return knownLeaderBallot(this.#state);
  }

  /** Whether this leader's lease holds at the time of the last `advance`: nobody else can serve. */
  leaseHolds(): boolean {
    return leader.isServing(this.#state) && this.#state.nowMs < leaseUntilMs(this.#state);
  }

  /** Until when it would act on its lease if it heard nothing more, by the monotonic clock; undefined: it holds none. */
  get leaseUntilMs(): number | undefined {
    return this.leaseHolds() ? Math.max(this.#state.nowMs, leaseUntilMs(this.#state)) : undefined;
  }

  /** The id of a heartbeat that will be sent at the end of this turn; see `confirmedThrough`. Only a leader may ask. */
  requestConfirmation(_effects: PaxosEffect[]): number {
    const { leadership, heartbeatId } = this.#state;
    assert(leadership !== undefined, 'only a leader asks for confirmation');
    leadership.heartbeatDue = true;
    return heartbeatId + 1;
  }

  /** The highest heartbeat of this ballot that a quorum has answered: after it was sent, nobody else had been promised one. */
  get confirmedThrough(): number {
    return confirmedThrough(this.#state);
  }

  /** To the given member, or to the one that holds most. The lease is given up for the rest of the ballot. */
  transferLeadership(to: NodeId | undefined, effects: PaxosEffect[]): void {
    if (!this.#state.halted) transferLeadership(this.#state, to, effects);
  }

  /** The hash of this node's state after `slot`, for comparison with the others'. */
  reportHash(slot: Slot, hash: string, effects: PaxosEffect[]): void {
    if (!this.#state.halted) reportHash(this.#state, slot, hash, effects);
  }

  get genesis(): Genesis | undefined {
    return this.#state.genesis;
  }

  get formed(): boolean {
    return this.#state.durableFormed;
  }

  /** The highest feature level that all members carry out, as far as they have said; 0: one has not. */
  get commonLevel(): number {
    return commonLevel(this.#state);
  }

  get quorum(): number {
    return quorum(this.#state);
  }

  /** Of the newest configuration that is known to be chosen; before the genesis, those that the node was started with. */
  get members(): readonly ClusterMember[] {
    return this.#state.members;
  }

  /** All others that this node has to reach: members, and those that leave as long as they are listened to. */
  get peers(): readonly Member[] {
    return routedPeers(this.#state);
  }

  /** Undefined before the genesis. */
  get configuration(): Configuration | undefined {
    return this.#state.ruling;
  }

  /** Nodes without a cluster that have greeted this one lately, by the names that they want. */
  get strangers(): ReadonlyMap<NodeId, Stranger> {
    return this.#state.strangers;
  }

  isMember(nodeId: NodeId, incarnation: Incarnation): boolean {
    return isMember(this.#state, nodeId, incarnation);
  }

  /** Whether it may say what is chosen: a member, be it of a later configuration than the newest that is known to be chosen here. */
  mayTeach(nodeId: NodeId, incarnation: Incarnation): boolean {
    return mayTeach(this.#state, nodeId, incarnation);
  }

  /** Whether `changeMembers` may be called: it waits for nothing, but loses nothing either. */
  canChangeMembers(members: readonly ClusterMember[]): boolean {
    return canChangeMembers(this.#state, members);
  }

  /**
   * Proposes who rules the slots after the one returned, which ends this ballot. A new voter was a learner before. The change is complete
   * once a leader serves under it.
   */
  changeMembers(members: readonly ClusterMember[], effects: PaxosEffect[]): Slot {
    return changeMembers(this.#state, members, effects);
  }

  /** As a leader knows of the others: since when it has heard nothing, and how far they have come. */
  progressOf(nodeId: NodeId): { readonly heardAtMs: number; readonly acceptedThrough: Slot } | undefined {
    const progress = this.#state.leadership?.progress.get(nodeId);
    return progress && { heardAtMs: progress.heardAtMs, acceptedThrough: progress.match };
  }

  /** Proposed and not yet chosen. */
  get openSlots(): number {
    return leader.openSlots(this.#state);
  }

  status(): PaxosStatus {
    return statusOf(this.#state);
  }

  /** Goes on from a state, and works on that very object: what happens is seen by whoever keeps it. For exploration. */
  static from(state: PaxosState): Paxos {
    const paxos = new Paxos(state.options);
    paxos.#state = state;
    return paxos;
  }

  /** An independent copy of everything that it remembers. */
  copyState(): PaxosState {
    return cloneState(this.#state);
  }

  /** An independent copy. */
  clone(): Paxos {
    return Paxos.from(this.copyState());
  }

  /** Equal states have equal texts, different states different ones. */
  encode(): string {
    const { options, ...data } = this.#state;
    return encodeCanonically({ nodeId: options.nodeId, ...data });
  }
}
