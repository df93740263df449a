import type { ClusterMember, Configuration, SeenSequence, Slot } from '../../paxos/record.ts';
import { JournaledMembers } from '../../server/journaled-members.ts';
import { newerFormat } from '../../storage/storage-error.ts';
import { AssertionFailure } from '../../wire/assert.ts';
import { type Ballot, compareBallots, zeroBallot } from '../../wire/ballot.ts';
import type { ClusterReport, JournalReport, MemberReport, PartHealth } from './directory-report.ts';
import type { ReadRecord } from './journal-reading.ts';

/** What the records of a journal say together, as a node that starts would take them. Holds none of them. */
export class JournalSurvey {
  readonly #stateSlot: Slot;
  #records = 0;
  #firstSequence: number | null = null;
  #lastSequence: number | null = null;
  #anchor: JournalReport['anchor'] = null;
  #promised: Ballot = zeroBallot;
  #chosenThrough: Slot = 0;
  #trimmedThrough: Slot = 0;
  #lowestSlot: Slot | null = null;
  #highestSlot: Slot | null = null;
  #valueBytes = 0;
  #recordsAboveState = 0;
  readonly #seen = new Map<string, SeenSequence>();
  readonly #members = new JournaledMembers();
  #formed = false;

  /** `stateSlot`: of the state that a start would begin with. */
  constructor(stateSlot: Slot) {
    this.#stateSlot = stateSlot;
  }

  /** Those that hold the value of a slot above the state. */
  get recordsAboveState(): number {
    return this.#recordsAboveState;
  }

  /** Nodes that are to leave, and may still have to bring that about. */
  get departing(): readonly string[] {
    return this.#members.departing.map(({ nodeId }) => nodeId);
  }

  /** @throws StorageError NEWER_FORMAT */
  take({ record, isAnchor }: ReadRecord): void {
    const { sequence, promised, chosenThrough, trimmedThrough } = record;
    if (isAnchor) this.#anchor = { sequence, trimmedThrough };
    else {
      this.#records += 1;
      this.#firstSequence ??= sequence;
    }
    this.#lastSequence = sequence;
    if (compareBallots(promised, this.#promised) > 0) this.#promised = promised;
    this.#chosenThrough = Math.max(this.#chosenThrough, chosenThrough);
    this.#trimmedThrough = Math.max(this.#trimmedThrough, trimmedThrough);
    for (const { slot, value } of record.accepted) {
      this.#lowestSlot = Math.min(this.#lowestSlot ?? slot, slot);
      this.#highestSlot = Math.max(this.#highestSlot ?? slot, slot);
      this.#valueBytes += value.length;
    }
    if (record.accepted.some(({ slot }) => slot > this.#stateSlot)) this.#recordsAboveState += 1;
    for (const claim of record.seen) this.#see(claim);
    if (record.formed) this.#formed = true;
    try {
      this.#members.take(record);
    } catch (error) {
      if (!(error instanceof AssertionFailure)) throw error;
      throw newerFormat(`record ${sequence} of the journal`, error);
    }
  }

  report(health: PartHealth): JournalReport {
    const { round, nodeId } = this.#promised;
    return {
      ...health,
      records: this.#records,
      firstSequence: this.#firstSequence,
      lastSequence: this.#lastSequence,
      anchor: this.#anchor,
      promised: round === 0 ? null : { round, node: nodeId },
      chosenThrough: this.#chosenThrough,
      trimmedThrough: this.#trimmedThrough,
      lowestSlot: this.#lowestSlot,
      highestSlot: this.#highestSlot,
      valueBytes: this.#valueBytes,
      seen: [...this.#seen.values()]
        .map(({ nodeId: id, incarnation, sequence }) => ({ id, incarnation, sequence }))
        .sort((a, b) => (a.id < b.id ? -1 : 1)),
    };
  }

  /** `checkpointed`: what the state says of the members with which a start would begin. */
  cluster(checkpointed: Configuration | undefined): ClusterReport | null {
    const { genesis, ruling } = this.#members;
    if (genesis === undefined || ruling === undefined) return null;
    const { clusterId, clusterName, settings } = genesis;
    const { slot, members } = checkpointed !== undefined && checkpointed.slot > ruling.slot ? checkpointed : ruling;
    return {
      clusterId,
      name: clusterName,
      formed: this.#formed,
      members: members.map(memberReport),
      membersSlot: slot,
      settings,
    };
  }

  #see(claim: SeenSequence): void {
    const known = this.#seen.get(claim.nodeId);
    if (known?.incarnation === claim.incarnation && claim.sequence <= known.sequence) return;
    this.#seen.set(claim.nodeId, claim);
  }
}

function memberReport({ nodeId, incarnation, address, standing, replaces }: ClusterMember): MemberReport {
  return { id: nodeId, incarnation, address, standing, replaces: replaces || null };
}
