import type { JournalRecord } from '../../../paxos/record.ts';
import type { ReplicaInput } from '../../../replica/input.ts';
import type { PeerMessage } from '../../../replica/messages.ts';
import type { NodeHaltCode } from '../../../server/halt.ts';
import type { StorageError } from '../../../storage/storage-error.ts';
import { sameBallot, zeroBallot } from '../../../wire/ballot.ts';
import type { NodeId } from '../../../wire/identifiers.ts';
import type { Coverage } from '../coverage.ts';
import type { FaultBudget } from '../faults/beyond-budget.ts';
import type { EventQueue } from '../world/event-queue.ts';
import type { SimulatedNode } from '../world/node.ts';
import type { Regimes } from './regimes.ts';
import { violated } from './violation.ts';

/** What a node has forgotten and does not know that it has. */
interface Amnesia {
  /** The last record that it still had. */
  readonly remembers: number;
  /** A peer that had seen more of it than it has by now has told it. */
  told: boolean;
}

/** Of the process that runs now. */
interface Boot {
  readonly atMs: number;
  readonly answeredBy: Set<NodeId>;
  /** How much of it each had seen that has read a greeting of it, when it read the first. */
  readonly knownBy: Map<NodeId, number>;
}

export interface LossOptions {
  readonly nodes: readonly SimulatedNode[];
  readonly budget: FaultBudget;
  /** How long a process waits for the others' answers before it votes. */
  readonly greetingWaitMs: number;
  readonly queue: EventQueue;
  readonly coverage: Coverage;
  readonly regimes: Regimes;
}

/** What says that this node takes part in the consensus: promises, acceptances, grants, and what a leader says. */
const votes: readonly PeerMessage['type'][] = [
  'promise',
  'accepted',
  'heartbeatAnswer',
  'prepare',
  'accept',
  'heartbeat',
];

/**
 * What becomes of nodes that have lost what they had written. What their disk can show must keep them from starting; what only others
 * can know must keep them from voting, once they are told. If nobody tells them in time, the fault budget is exceeded: where that is
 * not wanted, the node is taken away before its first word.
 */
export class LossInvariants {
  readonly #nodes: readonly SimulatedNode[];
  readonly #budget: FaultBudget;
  readonly #greetingWaitMs: number;
  readonly #queue: EventQueue;
  readonly #coverage: Coverage;
  readonly #regimes: Regimes;
  readonly #boots = new Map<SimulatedNode, Boot>();
  /** Those that may not vote yet. */
  readonly #waiting = new Set<SimulatedNode>();
  readonly #born = new Map<SimulatedNode, string>();
  readonly #shortened = new Set<SimulatedNode>();
  readonly #amnesia = new Map<SimulatedNode, Amnesia>();

  constructor({ nodes, budget, greetingWaitMs, queue, coverage, regimes }: LossOptions) {
    this.#nodes = nodes;
    this.#budget = budget;
    this.#greetingWaitMs = greetingWaitMs;
    this.#queue = queue;
    this.#coverage = coverage;
    this.#regimes = regimes;
  }

  /** 26. No record that is not the one that was written in its place is ever made use of. */
  onOpened(node: SimulatedNode): void {
    const { condition, image } = node.disk;
    if (condition === 'damaged') violated('damage is refused', `${node.nodeId} starts from a damaged journal`);
    if (image.lastSequence < node.disk.witnessed) {
      violated(
        'damage is refused',
        `${node.nodeId} starts from ${image.lastSequence} records of ${node.disk.witnessed}`,
      );
    }
    if (!this.#born.has(node)) this.#born.set(node, node.incarnation);
    if (condition === 'whole') return;
    const remembers = image.lastSequence;
    this.#shortened.add(node);
    if (this.#forgetsVote(node, remembers)) this.#amnesia.set(node, { remembers, told: false });
    this.#coverage.hit(this.#isStranger(node) ? 'wiped node started' : 'rolled-back node started');
    node.disk.acceptLoss();
  }

  onNotOpened(node: SimulatedNode, error: StorageError): void {
    if (error.code !== 'JOURNAL_DAMAGED') {
      this.#coverage.hit('node could not start for its disk');
      return;
    }
    if (node.disk.condition === 'whole') {
      violated('a journal in order is opened', `${node.nodeId}: ${error.message}`);
    }
    this.#coverage.hit('damaged journal refused at boot');
  }

  onHalt(node: SimulatedNode, code: NodeHaltCode): void {
    const unfounded = (): never => violated('no node halts', `${node.nodeId}: ${code}, but nothing is wrong with it`);
    switch (code) {
      case 'PERSIST_FAILED':
        this.#coverage.hit('persist failed and the node halted');
        return;
      case 'READ_FAILED':
        if (node.disk.condition === 'damaged') this.#coverage.hit('damage met by a read, and the node halted');
        else this.#coverage.hit('read failed and the node halted');
        return;
      case 'CHECKPOINT_FAILED':
        this.#coverage.hit('checkpoint could not be written, and the node halted');
        return;
      case 'ROLLED_BACK':
        if (!this.#shortened.has(node)) unfounded();
        this.#coverage.hit('rolled-back node refused by its peers');
        // A supervisor would start it again and again; the next time its peers may be out of reach.
        node.retired = true;
        return;
      case 'REMOVED':
        if (!this.#isRemoved(node)) unfounded();
        this.#coverage.hit('removed node stopped');
        node.retired = true;
        return;
    }
  }

  /** The node is about to look at this. */
  onStep(node: SimulatedNode, input: ReplicaInput): void {
    if (input.type === 'boot') {
      this.#boots.set(node, { atMs: this.#nowMs(node), answeredBy: new Set(), knownBy: new Map() });
      this.#waiting.add(node);
    }
    if (input.type !== 'peerMessage') return;
    const from = this.#nodes.find(({ nodeId }) => nodeId === input.from);
    if (from === undefined) return;
    const { message } = input;
    if (message.type === 'greeting' && message.bootId === from.bootId) this.#onGreeting(node, from);
    if (message.type !== 'greetingAnswer' || message.bootId !== node.bootId) return;
    const boot = this.#boots.get(node);
    boot?.answeredBy.add(from.nodeId);
    const amnesia = this.#amnesia.get(node);
    if (amnesia === undefined || amnesia.told) return;
    if (from.incarnation !== input.incarnation || this.#isStranger(from)) return;
    amnesia.told = (boot?.knownBy.get(from.nodeId) ?? 0) > node.journal.records.length;
  }

  /** What `node` has seen of the greeter, it will tell it. */
  #onGreeting(node: SimulatedNode, greeter: SimulatedNode): void {
    const knownBy = this.#boots.get(greeter)?.knownBy;
    if (knownBy !== undefined && !knownBy.has(node.nodeId)) knownBy.set(node.nodeId, knownSequence(node, greeter));
  }

  /** What would hide from the others how little a node has left is not added before they had the time to tell it. */
  onDurable(node: SimulatedNode, { genesis }: JournalRecord): void {
    if (genesis === undefined) this.#checkWait(node, 'journals a record');
  }

  /** False: the node is gone, and the message with it. */
  maySend(node: SimulatedNode, message: PeerMessage): boolean {
    if (!votes.includes(message.type)) return true;
    this.#checkWait(node, `sends ${message.type}`);
    const amnesia = this.#amnesia.get(node);
    if (amnesia === undefined) return true;
    if (this.#isTakenIn(node)) {
      this.#amnesia.delete(node);
      this.#coverage.hit('wiped node taken in anew');
      return true;
    }
    if (amnesia.told || this.#isStranger(node)) {
      const why = amnesia.told ? 'although a peer has told it' : `as ${node.incarnation}`;
      violated(
        'no vote with amnesia',
        `${node.nodeId} remembers ${amnesia.remembers} records and sends ${message.type}, ${why}`,
      );
    }
    if (this.#budget === 'rollback') {
      this.#coverage.hit('beyond the budget: rolled-back node votes');
      return true;
    }
    this.#coverage.hit('rolled-back node taken away before it could vote');
    node.retire();
    return false;
  }

  /** Sound or not, nobody can know: so everybody waits. */
  #checkWait(node: SimulatedNode, what: string): void {
    const boot = this.#boots.get(node);
    if (boot === undefined || !this.#waiting.has(node)) return;
    const waitedMs = this.#nowMs(node) - boot.atMs;
    // Whom a node that comes from elsewhere has to hear, only it can know.
    const isBorn = this.#regimes.newest.slot === 0;
    if (isBorn && waitedMs < this.#greetingWaitMs && boot.answeredBy.size < this.#regimes.founders - 1) {
      violated('a node hears the others before it votes', `${node.nodeId} ${what} ${waitedMs} ms after its boot`);
    }
    this.#waiting.delete(node);
  }

  #nowMs(node: SimulatedNode): number {
    return node.clock.monotonicMs(this.#queue.nowUs);
  }

  /** Other records than those of a vote can be lost without harm. */
  #forgetsVote({ journal: { records } }: SimulatedNode, remembers: number): boolean {
    return records.some(({ promised, accepted }, at) => {
      if (at < remembers) return false;
      const before = records[at - 1]?.promised ?? zeroBallot;
      return !sameBallot(promised, before) || accepted.some(({ chosen }) => !chosen);
    });
  }

  /** Whether it has lost its identity, and goes by another. */
  #isStranger(node: SimulatedNode): boolean {
    return this.#born.get(node) !== node.incarnation && !this.#isTakenIn(node);
  }

  /** The log has made its directory a member: nothing that another one had promised is asked of it. */
  #isTakenIn({ nodeId, incarnation }: SimulatedNode): boolean {
    return this.#regimes.hasTakenIn(nodeId, incarnation);
  }

  #isRemoved({ nodeId, incarnation }: SimulatedNode): boolean {
    const { members } = this.#regimes.newest;
    return members?.some((member) => member.nodeId === nodeId && member.incarnation === incarnation) === false;
  }
}

/** The highest record of `of` that `by` has seen, and has written down. */
export function knownSequence(by: SimulatedNode, of: SimulatedNode): number {
  let known = 0;
  for (const { seen } of by.journal.records) {
    for (const claim of seen) if (claim.nodeId === of.nodeId && claim.sequence > known) known = claim.sequence;
  }
  return known;
}
