import type { PaxosTiming } from '../../../paxos/paxos.ts';
import type { JournalRecord, Slot } from '../../../paxos/record.ts';
import type { ReplicaInput } from '../../../replica/input.ts';
import type { PeerMessage } from '../../../replica/messages.ts';
import type { NodeHaltCode } from '../../../server/halt.ts';
import type { StorageError } from '../../../storage/storage-error.ts';
import type { ClientFrame } from '../../../wire/frame.ts';
import { limits } from '../../../wire/limits.ts';
import type { SimulationConfig } from '../config.ts';
import type { Coverage } from '../coverage.ts';
import type { Promises } from '../faults/beyond-budget.ts';
import type { EventQueue } from '../world/event-queue.ts';
import type { SimulatedNode } from '../world/node.ts';
import type { Reachability } from '../world/reachability.ts';
import type { SimulatedReplica } from '../world/replica-adapter.ts';
import { BoundedResources } from './bounded-resources.ts';
import { ConsensusInvariants } from './consensus-invariants.ts';
import { Moments } from './moments.ts';
import { NodeInvariants } from './node-invariants.ts';
import { ServiceInvariants } from './service-invariants.ts';
import { Sightings } from './sightings.ts';
import { WatermarkInvariant } from './watermark-invariant.ts';

export interface InvariantsHost {
  readonly config: SimulationConfig;
  readonly promises: Promises;
  readonly timing: PaxosTiming;
  readonly queue: EventQueue;
  readonly coverage: Coverage;
  readonly nodes: readonly SimulatedNode[];
  readonly reachability: () => Reachability;
}

/** Everything that is checked while a run goes on; ARCHITECTURE.md has the list. What clients saw is judged after it. */
export class Invariants {
  readonly consensus: ConsensusInvariants;
  readonly service: ServiceInvariants;
  readonly moments = new Moments();
  readonly #host: InvariantsHost;
  readonly #nodes: NodeInvariants;
  readonly #watermarks: WatermarkInvariant;
  readonly #resources: BoundedResources;
  readonly #sightings: Sightings;
  /** Of the newest change of the members that was looked at. */
  #membersSlot: Slot;

  constructor(host: InvariantsHost) {
    const { config, promises, queue, coverage, nodes } = host;
    const nodeIds = nodes.map(({ nodeId }) => nodeId);
    const { clockDriftPermille: boundPermille, realDriftPermille: realPermille } = config;
    this.#host = host;
    this.consensus = new ConsensusInvariants(nodeIds, coverage, (through) => this.#onChosen(through), config.nodes);
    this.#membersSlot = this.consensus.regimes.newest.slot;
    this.#sightings = new Sightings(coverage, nodes, host.reachability);
    this.service = new ServiceInvariants({
      queue,
      coverage,
      chosen: this.consensus.chosen,
      ballotNumber: (ballot) => this.consensus.ballotNumber(ballot),
      drift: promises.has('no session expires early') ? { boundPermille, realPermille } : undefined,
      isPartitioned: () => this.#sightings.isPartitioned,
    });
    this.#nodes = new NodeInvariants({
      ...host,
      budget: config.budget,
      consensus: this.consensus,
      regimes: this.consensus.regimes,
      greetingWaitMs: host.timing.greetingWaitMs,
      electionTimeoutMs: host.timing.silenceMsLow,
    });
    this.#watermarks = new WatermarkInvariant(nodeIds.length, () => this.consensus.chosen.through);
    const calls = config.clients * config.outstanding;
    this.#resources = new BoundedResources(config.longValueBytes, limits.unacknowledgedResults, calls);
  }

  onBoot(node: SimulatedNode, { machine }: SimulatedReplica): void {
    this.service.observe(node, machine, (slot, value) => this.consensus.onApply(node, slot, value));
  }

  onTrim(node: SimulatedNode, throughSlot: Slot): void {
    this.#nodes.onTrim(node, throughSlot);
  }

  onOpened(node: SimulatedNode): void {
    this.#nodes.onOpened(node);
  }

  onNotOpened(node: SimulatedNode, error: StorageError): void {
    this.#nodes.onNotOpened(node, error);
  }

  onHalt(node: SimulatedNode, code: NodeHaltCode): void {
    this.#nodes.onHalt(node, code);
  }

  /** Before the input has an effect. */
  onStep(node: SimulatedNode, input: ReplicaInput, replica: SimulatedReplica | undefined): void {
    this.#nodes.onStep(node, input, replica);
    this.moments.onStep(node, input);
  }

  /** False: the node has been taken away, and the message with it. */
  onSend(from: SimulatedNode, message: PeerMessage): boolean {
    if (!this.#nodes.onSend(from, message)) return false;
    this.#sightings.onSend(message);
    this.moments.onSend(from, message);
    return true;
  }

  onDeliver(from: SimulatedNode, to: SimulatedNode, message: PeerMessage): void {
    this.consensus.onDeliver(from, to, message);
  }

  onDurable(node: SimulatedNode, record: JournalRecord): void {
    this.#nodes.onDurable(node, record);
  }

  /** Returns the frame. */
  onSubmitted(frame: ClientFrame): ClientFrame {
    this.service.onSubmitted(frame);
    return frame;
  }

  onTurnEnd(node: SimulatedNode, replica: SimulatedReplica | undefined): void {
    if (replica === undefined) return;
    this.#nodes.onTurnEnd(node, replica);
    this.#watermarks.onTurnEnd(node, replica.chosenThrough, replica.machine.appliedSlot);
    this.#resources.onTurnEnd(node, () => replica.resourceUse());
    this.#sightings.onTurnEnd(node, replica.serving, this.consensus.ballotNumber(replica.ballot));
  }

  onDown(node: SimulatedNode): void {
    this.#nodes.onDown(node);
  }

  /** When the nodes have agreed: what can only be judged by the complete log. */
  onEnd(replicaOf: (node: SimulatedNode) => SimulatedReplica | undefined): void {
    const { through } = this.consensus.chosen;
    const complete = this.#host.nodes.flatMap((node) => {
      const replica = replicaOf(node);
      return replica?.machine.appliedSlot === through && node.phase === 'running' ? [{ node, replica }] : [];
    });
    this.service.onEnd(complete.map(({ node, replica }) => [node, replica.machine]));
  }

  #onChosen(through: Slot): void {
    this.#nodes.onChosen();
    this.service.onChosen(through);
    const { slot, leader } = this.consensus.regimes.newest;
    if (slot === this.#membersSlot) return;
    this.#membersSlot = slot;
    if (this.#sightings.isPartitioned) this.#host.coverage.hit('members changed during a partition');
    const node = this.#host.nodes[leader];
    if (node !== undefined) this.moments.onMembersChanged(node);
  }
}
