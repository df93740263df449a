import type { JournalRecord, Slot } from '../../../paxos/record.ts';
import type { ReplicaInput } from '../../../replica/input.ts';
import type { PeerMessage } from '../../../replica/messages.ts';
import type { NodeHaltCode } from '../../../server/halt.ts';
import type { StorageError } from '../../../storage/storage-error.ts';
import type { Promises } from '../faults/beyond-budget.ts';
import type { SimulatedNode } from '../world/node.ts';
import type { SimulatedReplica } from '../world/replica-adapter.ts';
import type { ConsensusInvariants } from './consensus-invariants.ts';
import { LeaderDiskInvariant } from './leader-disk-invariant.ts';
import { LeaseInvariant } from './lease-invariant.ts';
import { LossInvariants, type LossOptions } from './losses.ts';
import { checkTrim } from './trim-invariant.ts';

export interface NodeInvariantOptions extends LossOptions {
  readonly promises: Promises;
  readonly consensus: ConsensusInvariants;
  /** A leader whose disk does not answer for so long makes room. */
  readonly electionTimeoutMs: number;
}

/** All who watch the nodes from outside, told together what a node does. */
export class NodeInvariants {
  readonly #options: NodeInvariantOptions;
  readonly #leases: LeaseInvariant;
  readonly #losses: LossInvariants;
  readonly #leaderDisk: LeaderDiskInvariant;

  constructor(options: NodeInvariantOptions) {
    this.#options = options;
    this.#leases = options.promises.has('one lease at a time')
      ? new LeaseInvariant(options.nodes)
      : new LeaseInvariant(options.nodes, () => options.coverage.hit('beyond the bound: two leases at once'));
    this.#losses = new LossInvariants(options);
    this.#leaderDisk = new LeaderDiskInvariant(options.electionTimeoutMs, options.coverage);
  }

  onTrim(node: SimulatedNode, throughSlot: Slot): void {
    checkTrim(node, throughSlot);
  }

  onOpened(node: SimulatedNode): void {
    this.#losses.onOpened(node);
    this.#options.consensus.onOpened(node);
  }

  onNotOpened(node: SimulatedNode, error: StorageError): void {
    this.#losses.onNotOpened(node, error);
  }

  onHalt(node: SimulatedNode, code: NodeHaltCode): void {
    this.#losses.onHalt(node, code);
  }

  onDurable(node: SimulatedNode, record: JournalRecord): void {
    this.#losses.onDurable(node, record);
    this.#options.consensus.onDurable(node, record);
  }

  /** False: the node has been taken away, and the message with it. */
  onSend(node: SimulatedNode, message: PeerMessage): boolean {
    if (!this.#losses.maySend(node, message)) return false;
    this.#options.consensus.onSend(node, message);
    return true;
  }

  /** Before the input has an effect. */
  onStep(node: SimulatedNode, input: ReplicaInput, replica: SimulatedReplica | undefined): void {
    this.#losses.onStep(node, input);
    this.#leaderDisk.onStep(node, input, replica?.serving === true, this.#options.queue.nowUs);
  }

  onTurnEnd(node: SimulatedNode, { serving, leaseUntilMs, ballot }: SimulatedReplica): void {
    const { queue, consensus } = this.#options;
    this.#leaderDisk.onTurnEnd(node, serving, queue.nowUs);
    this.#leases.onTurnEnd(node, leaseUntilMs, queue.nowUs, consensus.ballotNumber(ballot));
  }

  /** The chosen prefix has grown. */
  onChosen(): void {
    const { promises, queue, consensus } = this.#options;
    if (promises.has('one lease at a time')) this.#leases.onChosen(consensus.chosen.newestBallot, queue.nowUs);
  }

  onDown(node: SimulatedNode): void {
    this.#leases.onDown(node);
    this.#leaderDisk.onDown(node);
  }
}
