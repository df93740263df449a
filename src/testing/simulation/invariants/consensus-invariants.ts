import type { Accept, Accepted, HeartbeatAnswer, PaxosMessage } from '../../../paxos/messages.ts';
import type { JournalRecord, Slot } from '../../../paxos/record.ts';
import type { PeerMessage } from '../../../replica/messages.ts';
import type { Ballot } from '../../../wire/ballot.ts';
import { equalBytes } from '../../../wire/bytes.ts';
import type { NodeId } from '../../../wire/identifiers.ts';
import type { Coverage } from '../coverage.ts';
import type { SimulatedNode } from '../world/node.ts';
import { type BallotNumber, ballotsPerRound, ChosenLog } from './chosen-log.ts';
import { PhaseOneInvariant } from './phase-one-invariant.ts';
import { PromiseInvariant } from './promise-invariant.ts';
import { isQuorum, Regimes } from './regimes.ts';
import { violated } from './violation.ts';

interface NodeView {
  promised: BallotNumber;
  /** Also if the promise was lost since. */
  promisedEver: BallotNumber;
  sequence: number;
  chosenThrough: Slot;
  /** The ballot for which, and the slot up to which, an `Accepted` has been found backed by the disk. */
  backedBallot: BallotNumber;
  backedThrough: Slot;
}

/**
 * Consensus, looked at from outside with all disks in view: what nodes write and say is checked against what they have written and what
 * is chosen, at each record and each message. Numbers of the invariants are those of the project's test plan.
 */
export class ConsensusInvariants {
  readonly regimes: Regimes;
  readonly chosen: ChosenLog;
  readonly #phaseOne: PhaseOneInvariant;
  readonly #promises: PromiseInvariant;
  readonly #nodeIndex = new Map<NodeId, number>();
  readonly #views: NodeView[];
  readonly #coverage: Coverage;
  readonly #onChosen: (through: Slot) => void;

  /** `onChosen` is told when the chosen prefix has grown; `founders`: so many of the first nodes are members from the beginning. */
  constructor(
    nodeIds: readonly NodeId[],
    coverage: Coverage,
    onChosen: (through: Slot) => void,
    founders = nodeIds.length,
  ) {
    this.regimes = new Regimes(nodeIds, founders, coverage);
    this.chosen = new ChosenLog(this.regimes);
    this.#phaseOne = new PhaseOneInvariant(this.regimes, this.chosen, coverage, (ballot) => this.ballotNumber(ballot));
    this.#promises = new PromiseInvariant(this.chosen, (ballot) => this.ballotNumber(ballot));
    this.#coverage = coverage;
    this.#onChosen = onChosen;
    for (const [index, nodeId] of nodeIds.entries()) this.#nodeIndex.set(nodeId, index);
    this.#views = nodeIds.map(() => ({
      promised: 0,
      promisedEver: 0,
      sequence: 0,
      chosenThrough: 0,
      backedBallot: 0,
      backedThrough: 0,
    }));
  }

  /** A process starts with what it has on its disk, which may be less than it once had. */
  onOpened(node: SimulatedNode): void {
    const { last } = node.journal;
    const view = this.#view(node.index);
    if (view.sequence === (last?.sequence ?? 0)) return;
    view.sequence = last?.sequence ?? 0;
    view.promised = last === undefined ? 0 : this.ballotNumber(last.promised);
    view.chosenThrough = last?.chosenThrough ?? 0;
    view.backedBallot = 0;
  }

  /** 1. A promise is never taken back. 2. What is accepted is neither below the last promise nor above the new one. 6. Agreement. */
  onDurable(node: SimulatedNode, record: JournalRecord): void {
    const view = this.#view(node.index);
    const promised = this.ballotNumber(record.promised);
    const at = `${node.nodeId}, record ${record.sequence}`;
    if (record.sequence !== view.sequence + 1) violated('the journal has no hole', `${at} after ${view.sequence}`);
    if (promised < view.promised) violated('promises rise', `${at}: ${promised} after ${view.promised}`);
    let grown = false;
    for (const entry of record.accepted) {
      const ballot = this.ballotNumber(entry.ballot);
      if (!entry.chosen && (ballot < view.promised || ballot > promised)) {
        violated('accepted as promised', `${at}, slot ${entry.slot}: ${ballot} not in ${view.promised}..${promised}`);
      }
      if (!entry.chosen) this.#checkProposed(node, entry.slot, entry.ballot, entry.value);
      if (this.chosen.accepted(node.index, entry, ballot)) grown = true;
    }
    view.sequence = record.sequence;
    view.promised = promised;
    view.promisedEver = Math.max(view.promisedEver, promised);
    if (grown) this.#onChosen(this.chosen.through);
    this.#checkChosenThrough(node, record.chosenThrough, view, at);
  }

  /** 3. Persist before speak. 4. One value per ballot and slot. 7. Stability. */
  onSend(node: SimulatedNode, message: PeerMessage): void {
    switch (message.type) {
      case 'promise':
        if (!message.last) this.#coverage.hit('promise in parts');
        this.#checkKnownChosen(node, message, message.chosenThrough);
        this.#checkPromised(node, message, message.ballot);
        this.#promises.onPromise(node, message);
        return;
      case 'prepare':
        this.#checkPromised(node, message, message.ballot);
        this.#promises.onPrepare(message);
        this.#phaseOne.onPrepare(node, message);
        return;
      case 'accept':
        this.#checkAccept(node, message);
        return;
      case 'accepted':
        this.#checkPromised(node, message, message.ballot);
        this.#checkAccepted(node, message, message.through);
        return;
      case 'heartbeatAnswer':
        this.#checkPromised(node, message, message.ballot);
        this.#checkKnownChosen(node, message, message.chosenThrough);
        this.#checkAccepted(node, message, message.acceptedThrough);
        return;
      case 'heartbeat':
        this.#checkKnownChosen(node, message, message.chosenThrough);
        return;
      case 'learn':
        this.#checkKnownChosen(node, message, message.chosenThrough);
        for (const { slot, value } of message.slots) this.onApply(node, slot, value);
        return;
    }
  }

  onDeliver(from: SimulatedNode, to: SimulatedNode, message: PeerMessage): void {
    if (message.type === 'promise') this.#phaseOne.onPromiseDelivered(from, to, message);
    if (message.type !== 'accept' || to.journal.slot(message.slot) === undefined) return;
    this.#coverage.hit('accept arrived twice');
    if (message.slot <= this.chosen.through) this.#coverage.hit('accept arrived twice, its slot being chosen');
  }

  /** 6. Every node applies what is chosen. */
  onApply(node: SimulatedNode, slot: Slot, value: Uint8Array): void {
    const chosen = this.chosen.value(slot);
    if (chosen === undefined)
      violated('only chosen values are applied', `${node.nodeId}, slot ${slot}: not chosen yet`);
    if (!equalBytes(chosen, value))
      violated('agreement', `${node.nodeId}, slot ${slot}: another value than the chosen one`);
  }

  /** 9. Nobody says, or writes, that something is chosen which is not. */
  #checkKnownChosen(node: SimulatedNode, message: PaxosMessage, through: Slot): void {
    if (through > this.chosen.through) {
      violated(
        'chosen is chosen',
        `${node.nodeId} says ${through} in ${message.type}, chosen is ${this.chosen.through}`,
      );
    }
  }

  #checkChosenThrough(node: SimulatedNode, through: Slot, view: NodeView, at: string): void {
    if (through < view.chosenThrough)
      violated('the chosen prefix grows', `${at}: ${through} after ${view.chosenThrough}`);
    if (through > this.chosen.through)
      violated('chosen is chosen', `${at}: ${through}, chosen is ${this.chosen.through}`);
    for (let slot = view.chosenThrough + 1; slot <= through; slot++) {
      // What was accepted here before another node's checkpoint came may be something else.
      if (slot <= node.disk.coveredThrough) continue;
      const entry = node.journal.slot(slot);
      if (entry === undefined) violated('a chosen prefix has its values', `${at}: nothing in slot ${slot}`);
      this.onApply(node, slot, entry.value);
    }
    view.chosenThrough = through;
  }

  #checkPromised(node: SimulatedNode, message: PaxosMessage, ballot: Ballot): void {
    const view = this.#view(node.index);
    if (view.promised < this.ballotNumber(ballot)) {
      violated(
        'persist before speak',
        `${node.nodeId} sends ${message.type} in ${ballot.round}.${ballot.nodeId}, not durable`,
      );
    }
  }

  #checkAccept(node: SimulatedNode, message: Accept): void {
    this.#checkPromised(node, message, message.ballot);
    this.#checkKnownChosen(node, message, message.chosenThrough);
    const ballot = this.ballotNumber(message.ballot);
    if (message.ballot.nodeId !== node.nodeId)
      violated('a ballot has one owner', `${node.nodeId} proposes in ${ballot}`);
    this.#onProposal(node, message.slot, ballot, message.value);
  }

  /** 4, 5 and 7, in a message or by the leader's own acceptance, whichever is seen first. */
  #onProposal(node: SimulatedNode, slot: Slot, ballot: BallotNumber, value: Uint8Array): void {
    const uncommitted = this.chosen.highestProposed > this.chosen.through;
    if (this.chosen.proposed(slot, ballot, value) === 'again') return;
    this.#checkQuorumPromised(node, ballot, slot);
    if (this.#phaseOne.onProposed(node, ballot, slot, value) && uncommitted) {
      this.#coverage.hit('leader changed with uncommitted slots');
    }
    if (value.length === 0) this.#coverage.hit('hole filled with a no-op');
    else if (this.chosen.proposedEarlier(slot, ballot, value)) {
      this.#coverage.hit('accept sent for a value adopted from a lower ballot');
    }
  }

  /** What is accepted was proposed, and by the owner of its ballot. */
  #checkProposed(node: SimulatedNode, slot: Slot, ballot: Ballot, value: Uint8Array): void {
    const number = this.ballotNumber(ballot);
    if (ballot.nodeId === node.nodeId) {
      this.#onProposal(node, slot, number, value);
      return;
    }
    const proposal = this.chosen.proposal(slot, number);
    if (proposal === undefined || !equalBytes(proposal, value)) {
      violated('accepted values were proposed', `${node.nodeId}, slot ${slot}, ballot ${number}`);
    }
  }

  /** 5. Nobody proposes without promises by a quorum, and a promise that was given is on a disk and never taken back. */
  #checkQuorumPromised(node: SimulatedNode, ballot: BallotNumber, slot: Slot): void {
    let promised = 0;
    for (const [index, view] of this.#views.entries()) if (view.promisedEver >= ballot) promised |= 1 << index;
    if (isQuorum(this.regimes.of(slot), promised)) return;
    violated('a quorum has promised', `${node.nodeId} proposes in ${ballot}, which no quorum has promised`);
  }

  #checkAccepted(node: SimulatedNode, message: Accepted | HeartbeatAnswer, through: Slot): void {
    const view = this.#view(node.index);
    const ballot = this.ballotNumber(message.ballot);
    if (view.backedBallot !== ballot) {
      view.backedBallot = ballot;
      view.backedThrough = 0;
    }
    for (let slot = view.backedThrough + 1; slot <= through; slot++) {
      const entry = node.journal.slot(slot);
      const chosen = this.chosen.value(slot);
      const covered = chosen !== undefined && slot <= node.disk.coveredThrough;
      const accepted =
        entry !== undefined &&
        (this.ballotNumber(entry.ballot) === ballot || (chosen !== undefined && equalBytes(entry.value, chosen)));
      if (!covered && !accepted)
        violated('persist before speak', `${node.nodeId} sends ${message.type} through ${through}, not ${slot}`);
    }
    view.backedThrough = Math.max(view.backedThrough, through);
  }

  #view(index: number): NodeView {
    const view = this.#views[index];
    if (view === undefined) throw new RangeError(`no node ${index}`);
    return view;
  }

  /** 0: none. */
  ballotNumber({ round, nodeId }: Ballot): BallotNumber {
    return nodeId === '' ? 0 : round * ballotsPerRound + (this.#nodeIndex.get(nodeId) ?? 0) + 1;
  }
}
