import { quorumOf, votersOf } from '../paxos/configuration.ts';
import type { PaxosEffect } from '../paxos/effects.ts';
import type { Paxos } from '../paxos/paxos.ts';
import type { ClusterMember, Slot } from '../paxos/record.ts';
import type { PaxosTiming } from '../paxos/timing.ts';
import { membersFeatureLevel } from '../wire/feature-level.ts';
import type { NodeId } from '../wire/identifiers.ts';
import {
  judged,
  type MemberChange,
  type MemberChangeOutcome,
  type MemberChangeRefusal,
  type MemberPlan,
  planChange,
  promoted,
} from './member-change.ts';

/** How far behind a voter of the new members may be for the leader to stop proposing until it has caught up. */
const closeSlots = 256;
/** For so long the leader waits for those who are to vote to catch up. */
const patienceMs = 30_000;
/** Proposing stops for no longer. */
const longestPauseMs = 1_000;
/** After a change of the leader's own that came to nothing, before it makes another by itself. */
const pauseBetweenMs = 2_000;

interface Pending {
  /** Undefined: the leader's own idea. */
  readonly token: number | undefined;
  readonly plan: () => MemberPlan;
  readonly sinceMs: number;
  /** Since when nothing else is proposed. */
  pausedSinceMs: number | undefined;
  /** In which it is proposed; undefined: not yet. */
  slot: Slot | undefined;
}

export interface MembershipDeskParts {
  readonly nodeId: NodeId;
  readonly paxos: Paxos;
  readonly timing: PaxosTiming;
  /** What the cluster has come to. */
  readonly featureLevel: () => number;
  /** This node serves as leader. */
  readonly serving: () => boolean;
  readonly answer: (token: number, outcome: MemberChangeOutcome) => void;
}

/**
 * Changes of the members, one at a time: those that operators ask for, and those that a leader makes by itself. Learners that are to join
 * are made voters when they have caught up; a member whose directory was lost is taken in anew, first as a learner.
 */
export class MembershipDesk {
  readonly #parts: MembershipDeskParts;
  #pending: Pending | undefined;
  #nowMs = 0;
  #notBeforeMs = 0;

  constructor(parts: MembershipDeskParts) {
    this.#parts = parts;
  }

  /** Nothing else may be proposed: what is under way has to be chosen and held by the new members first. */
  get pauses(): boolean {
    return this.#pending?.pausedSinceMs !== undefined && this.#parts.serving();
  }

  onRequest(token: number, change: MemberChange, nowMs: number): void {
    const { paxos, serving } = this.#parts;
    if (!serving()) {
      this.#refuse(token, 'NOT_LEADER', notLeading(this.#parts.nodeId, paxos.leader));
    } else if (!this.#mayChange()) {
      const needed = `changing the members needs feature level ${membersFeatureLevel}`;
      this.#refuse(
        token,
        'UNSUPPORTED',
        `${needed}, which not all of them have come to: start all with a version that has it`,
      );
    } else if (this.#pending !== undefined) {
      this.#refuse(token, 'BUSY', 'another change of the members is under way');
    } else {
      const plan = (): MemberPlan =>
        planChange(paxos, change, this.#parts.featureLevel(), (nodeId) => this.#isHeard(nodeId));
      this.#pending = { token, plan, sinceMs: nowMs, pausedSinceMs: undefined, slot: undefined };
    }
  }

  onTick(nowMs: number): void {
    this.#nowMs = nowMs;
    if (this.#pending !== undefined) this.#judge(this.#pending);
    else if (this.#parts.serving() && this.#mayChange() && nowMs >= this.#notBeforeMs) this.#actByItself();
  }

  /** Before others are proposed. */
  onEndOfTurn(nowMs: number, effects: PaxosEffect[]): void {
    this.#nowMs = nowMs;
    const pending = this.#pending;
    if (pending === undefined || pending.slot !== undefined || !this.#parts.serving()) return;
    const { paxos } = this.#parts;
    const plan = pending.plan();
    switch (plan.kind) {
      case 'members':
        if (!this.#areClose(plan.members)) pending.pausedSinceMs = undefined;
        else if (paxos.canChangeMembers(plan.members)) pending.slot = paxos.changeMembers(plan.members, effects);
        else pending.pausedSinceMs ??= nowMs;
        return;
      case 'unchanged':
        this.#end({ kind: 'done', slot: 0 });
        return;
      case 'refused':
        this.#end(plan);
        return;
    }
  }

  /** A member of an older version could not read who the members are. */
  #mayChange(): boolean {
    return this.#parts.featureLevel() >= membersFeatureLevel;
  }

  #judge(pending: Pending): void {
    const { paxos, nodeId, serving } = this.#parts;
    const { slot } = pending;
    if (slot === undefined) {
      if (!serving()) this.#end({ kind: 'refused', code: 'NOT_LEADER', message: notLeading(nodeId, paxos.leader) });
      else if (this.#isLate(pending))
        this.#end({ kind: 'refused', code: 'UNAVAILABLE', message: whyLate(pending.plan()) });
      return;
    }
    const { configuration, chosenThrough } = paxos;
    const isChosen = configuration?.slot === slot;
    const isComplete = isChosen && (chosenThrough > slot || !paxos.members.some((member) => member.nodeId === nodeId));
    if (isComplete) this.#end({ kind: 'done', slot });
    else if (!isChosen && chosenThrough >= slot) {
      this.#end({
        kind: 'refused',
        code: 'UNAVAILABLE',
        message: 'another leader has taken over, and the change was not made',
      });
    } else if (this.#nowMs >= pending.sinceMs + patienceMs + longestPauseMs) {
      this.#end({
        kind: 'refused',
        code: 'TIMEOUT',
        message: 'the change is proposed, and it is not known whether it is made',
      });
    }
  }

  #isLate({ sinceMs, pausedSinceMs }: Pending): boolean {
    if (this.#nowMs >= sinceMs + patienceMs) return true;
    return pausedSinceMs !== undefined && this.#nowMs >= pausedSinceMs + longestPauseMs;
  }

  #end(outcome: MemberChangeOutcome): void {
    const { token } = this.#pending ?? {};
    this.#pending = undefined;
    if (token !== undefined) this.#parts.answer(token, outcome);
    else if (outcome.kind === 'refused') this.#notBeforeMs = this.#nowMs + pauseBetweenMs;
  }

  #refuse(token: number, code: MemberChangeRefusal, message: string): void {
    this.#parts.answer(token, { kind: 'refused', code, message });
  }

  #actByItself(): void {
    const idea = this.#replacement() ?? this.#promotion();
    if (idea === undefined) return;
    this.#pending = { token: undefined, plan: idea, sinceMs: this.#nowMs, pausedSinceMs: undefined, slot: undefined };
  }

  /** A member's directory was lost, and the node is back with a new one: without its promises it may not vote as before. */
  #replacement(): (() => MemberPlan) | undefined {
    const { paxos, timing } = this.#parts;
    for (const [nodeId, { incarnation, heardAtMs, supportedLevel }] of paxos.strangers) {
      const lost = paxos.members.find((member) => member.nodeId === nodeId);
      if (lost === undefined || heardAtMs < this.#nowMs - 2 * timing.retryMsHigh) continue;
      if (supportedLevel < this.#parts.featureLevel()) continue;
      // As long as the one that is known is heard, the other is a second process under its name.
      if ((paxos.progressOf(nodeId)?.heardAtMs ?? 0) > this.#nowMs - 2 * timing.silenceMsHigh) continue;
      const standing = lost.standing === 'voter' ? 'joining' : lost.standing;
      return () => {
        if (!paxos.members.includes(lost)) return { kind: 'unchanged' };
        const members = paxos.members.map((member) => (member === lost ? { ...lost, incarnation, standing } : member));
        return judged(members, (other) => this.#isHeard(other));
      };
    }
    return undefined;
  }

  #promotion(): (() => MemberPlan) | undefined {
    const { paxos } = this.#parts;
    const ready = paxos.members.find(({ nodeId, standing }) => {
      return standing === 'joining' && this.#isHeard(nodeId) && this.#isClose(nodeId);
    });
    if (ready === undefined) return undefined;
    return () => {
      if (!paxos.members.includes(ready)) return { kind: 'unchanged' };
      return judged(promoted(paxos.members, ready), (nodeId) => this.#isHeard(nodeId));
    };
  }

  #isHeard(nodeId: NodeId): boolean {
    const { paxos, timing, nodeId: self } = this.#parts;
    if (nodeId === self) return true;
    const heardAtMs = paxos.progressOf(nodeId)?.heardAtMs ?? Number.NEGATIVE_INFINITY;
    return heardAtMs >= this.#nowMs - timing.silenceMsLow;
  }

  /** A quorum of the voters, and each that is made one: until it has caught up it would count, and could not stand in for anybody. */
  #areClose(members: readonly ClusterMember[]): boolean {
    const voters = votersOf(members);
    const isNew = ({ nodeId }: ClusterMember) =>
      !votersOf(this.#parts.paxos.members).some((old) => old.nodeId === nodeId);
    const close = voters.filter(({ nodeId }) => this.#isClose(nodeId));
    return close.length >= quorumOf(members) && voters.filter(isNew).every((voter) => close.includes(voter));
  }

  #isClose(nodeId: NodeId): boolean {
    const { paxos, nodeId: self } = this.#parts;
    if (nodeId === self) return true;
    const acceptedThrough = paxos.progressOf(nodeId)?.acceptedThrough ?? 0;
    return acceptedThrough > 0 && acceptedThrough >= paxos.chosenThrough - closeSlots;
  }
}

function notLeading(nodeId: NodeId, leader: NodeId | undefined): string {
  return leader === undefined || leader === nodeId
    ? `${nodeId} does not lead, and knows no leader`
    : `${nodeId} does not lead: ask ${leader}`;
}

function whyLate(plan: MemberPlan): string {
  if (plan.kind === 'refused') return plan.message;
  return 'the voters of the new members have not caught up in time';
}
