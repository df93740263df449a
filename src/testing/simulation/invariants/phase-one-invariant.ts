import type { Prepare, PromiseMessage } from '../../../paxos/messages.ts';
import type { AcceptedSlot, Slot } from '../../../paxos/record.ts';
import { equalBytes } from '../../../wire/bytes.ts';
import type { Coverage } from '../coverage.ts';
import type { SimulatedNode } from '../world/node.ts';
import type { BallotNumber, ChosenLog } from './chosen-log.ts';
import { isQuorum, type Regime, type Regimes } from './regimes.ts';
import { violated } from './violation.ts';

/** What one acceptor has reported, as far as it has come. */
interface Report {
  readonly sequence: number;
  readonly chosenThrough: Slot;
  readonly parts: Map<number, readonly AcceptedSlot[]>;
  partCount: number;
}

/** A quorum with which the candidate may have gone on. */
interface Quorum {
  readonly members: string;
  /** Up to here there is nothing to propose but what is chosen. */
  readonly learnThrough: Slot;
  /** Of each slot that was reported: the entry that has to be adopted. */
  readonly adopt: ReadonlyMap<Slot, AcceptedSlot>;
}

interface Candidacy {
  readonly ballot: BallotNumber;
  readonly own: Report;
  readonly reports: Map<number, Report>;
  /** Those that explain everything that was proposed so far; undefined before the first proposal. */
  quorums: readonly Quorum[] | undefined;
}

/**
 * 5. What a leader proposes is justified by phase 1: there is a quorum of promises that had reached it, of which either none reports
 * a value for the slot, or the one of the highest ballot is what it proposes. The quorum is one for the whole ballot. It is not asked
 * which one the leader means: whatever explains all of its proposals will do.
 */
export class PhaseOneInvariant {
  readonly #regimes: Regimes;
  readonly #chosen: ChosenLog;
  readonly #coverage: Coverage;
  readonly #numberOf: (ballot: AcceptedSlot['ballot']) => BallotNumber;
  readonly #candidacies: (Candidacy | undefined)[] = [];

  constructor(
    regimes: Regimes,
    chosen: ChosenLog,
    coverage: Coverage,
    numberOf: (ballot: AcceptedSlot['ballot']) => BallotNumber,
  ) {
    this.#regimes = regimes;
    this.#chosen = chosen;
    this.#coverage = coverage;
    this.#numberOf = numberOf;
  }

  /** The candidate's own promise is durable: from now on it accepts nothing below its ballot, so this is its own report. */
  onPrepare(node: SimulatedNode, { ballot }: Prepare): void {
    const number = this.#numberOf(ballot);
    if (this.#candidacies[node.index]?.ballot !== number) this.#begin(node, number);
  }

  #begin(node: SimulatedNode, ballot: BallotNumber): Candidacy {
    const accepted: AcceptedSlot[] = [];
    const chosenThrough = Math.max(node.disk.coveredThrough, node.journal.last?.chosenThrough ?? 0);
    for (let slot = chosenThrough + 1; slot <= this.#chosen.highestProposed; slot++) {
      const entry = node.journal.slot(slot);
      if (entry !== undefined && this.#numberOf(entry.ballot) !== ballot) accepted.push(entry);
    }
    const own = { sequence: 0, chosenThrough, parts: new Map([[0, accepted]]), partCount: 1 };
    const candidacy = { ballot, own, reports: new Map(), quorums: undefined };
    this.#candidacies[node.index] = candidacy;
    return candidacy;
  }

  onPromiseDelivered(from: SimulatedNode, to: SimulatedNode, message: PromiseMessage): void {
    const candidacy = this.#candidacies[to.index];
    if (candidacy?.ballot !== this.#numberOf(message.ballot) || candidacy.quorums !== undefined) return;
    const { sequence, chosenThrough, part, accepted, last } = message;
    let report = candidacy.reports.get(from.index);
    if (report !== undefined && report.sequence > sequence) return;
    if (report === undefined || report.sequence < sequence) {
      report = { sequence, chosenThrough, parts: new Map(), partCount: 0 };
      candidacy.reports.set(from.index, report);
    }
    report.parts.set(part, accepted);
    if (last) report.partCount = part + 1;
  }

  /** The first time that the slot is proposed in this ballot. True if it is the ballot's first proposal. */
  onProposed(node: SimulatedNode, ballot: BallotNumber, slot: Slot, value: Uint8Array): boolean {
    const begun = this.#candidacies[node.index];
    // A lone voter has nobody to ask.
    const isAlone = isQuorum(this.#regimes.of(slot), 1 << node.index);
    const candidacy = begun?.ballot !== ballot && isAlone ? this.#begin(node, ballot) : begun;
    if (candidacy?.ballot !== ballot)
      violated('phase 1 comes first', `${node.nodeId} proposes in ${ballot} unprepared`);
    const isFirst = candidacy.quorums === undefined;
    const quorums = candidacy.quorums ?? this.#quorumsOf(node.index, candidacy, this.#regimes.of(slot));
    const explaining = quorums.filter((quorum) => this.#explains(quorum, slot, value));
    if (explaining.length === 0) {
      const tried = quorums.map(({ members }) => members).join(' or ');
      const why = tried === '' ? 'no quorum has promised' : `not what ${tried} reported`;
      violated('proposals follow phase 1', `${node.nodeId} in ballot ${ballot}, slot ${slot}: ${why}`);
    }
    candidacy.quorums = explaining;
    return isFirst;
  }

  #explains({ learnThrough, adopt }: Quorum, slot: Slot, value: Uint8Array): boolean {
    if (slot <= learnThrough) {
      const chosen = this.#chosen.value(slot);
      return chosen !== undefined && equalBytes(chosen, value);
    }
    const reported = adopt.get(slot);
    return reported === undefined || equalBytes(reported.value, value);
  }

  #quorumsOf(self: number, { own, reports }: Candidacy, regime: Regime): readonly Quorum[] {
    const others = [...reports].filter(([, { parts, partCount }]) => partCount > 0 && parts.size === partCount);
    const quorums: Quorum[] = [];
    for (let subset = 0; subset < 1 << others.length; subset++) {
      const members = others.filter((_, at) => (subset & (1 << at)) !== 0);
      const present = members.reduce((bits, [index]) => bits | (1 << index), 1 << self);
      if (!isQuorum(regime, present)) continue;
      quorums.push(this.#quorumOf(own, members));
    }
    return quorums;
  }

  #quorumOf(own: Report, members: readonly (readonly [number, Report])[]): Quorum {
    const adopt = new Map<Slot, AcceptedSlot>();
    let learnThrough = 0;
    for (const { parts, chosenThrough } of [own, ...members.map(([, report]) => report)]) {
      learnThrough = Math.max(learnThrough, chosenThrough);
      for (const part of parts.values()) for (const entry of part) this.#consider(adopt, entry);
    }
    return { members: `own and ${members.map(([index]) => index + 1).join(', ')}`, learnThrough, adopt };
  }

  #consider(adopt: Map<Slot, AcceptedSlot>, entry: AcceptedSlot): void {
    const other = adopt.get(entry.slot);
    if (other === undefined) {
      adopt.set(entry.slot, entry);
      return;
    }
    const rank = (accepted: AcceptedSlot): number =>
      accepted.chosen ? Number.POSITIVE_INFINITY : this.#numberOf(accepted.ballot);
    if (rank(entry) !== rank(other) && !equalBytes(entry.value, other.value)) {
      this.#coverage.hit('several values reported for a slot');
    }
    if (rank(entry) > rank(other)) adopt.set(entry.slot, entry);
  }
}
